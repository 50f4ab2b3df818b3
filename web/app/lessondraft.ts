// What was done on the bench, as the draft of a lesson: its world's users and mail, what was said, and a goal for
// each kind of command that was answered with +OK. Its writer adds prose, and strikes out what's too much.

import { escaped } from "./lesson";
import type { Step } from "./record";

// draft is the file of a lesson.
export function draft(steps: Step[]): string {
  const last = steps.at(-1), drops = steps[0]?.world.drops.list ?? [];
  const said = steps.filter((x) => x.kind === "line"), verbs = [...new Set(steps.filter((x) => x.kind === "reply" && x.status === "+OK" && /^[A-Z]{3,4}$/.test(x.verb)).map((x) => x.verb))];
  const end = verbs.at(-1) ?? "CAPA", devices = new Set(steps.map((x) => x.device).filter(Boolean));
  const user = drops.find((d) => d.user === "dewey") && said.some((x) => text(x).includes("dewey")) ? ["user: mrose tanstaaf", "user: dewey secret", "mailbox: mrose mrose", "mailbox: dewey dewey"] : [];
  return [
    "A draft, made of a session on the bench. Write the prose, keep the goals that matter, say what helps; then pop3lab lesson lint.",
    "-- lesson.md --", "---", "id: my-lesson", "rev: 1", "title: A title of a few words", "summary: One sentence for the list of lessons.", "minutes: 8", `teaches: ${end.toLowerCase()}`,
    "rfc: 1939/3", "modes: browser", "---", "Write here what the student reads first.",
    "-- world --", ...(last?.world.persona ? [`persona: ${last.world.persona}`] : []), ...user,
    "-- goals --", `# Send ${end}, and get it.`, `sent ${end} ... ok`,
    "-- questions --", "choice exit: What did the server answer?", "+ +OK :: Right.", "- Nothing :: Look at the line behind your command.",
    "-- feedback --", `when 1: Which command is it about?`,
    "-- hints --", "1.1: Look at the suggestions.", `1.2: It’s ${end}.`, `1.3: > ${text(said.findLast((x) => x.verb === end) ?? said.at(-1))}`,
    "-- experiment.md --", "Something odd to try.", "-- debrief.md --", "What it was about.", "-- notes.md --", "For whoever stands in front of the class.",
    "-- reference.pop3 --", ...moves(upTo(steps, end), devices.size > 1), "-- reject/not-yet.pop3 --", "# fails goal 1: Which command is it about?", "C: CAPA", "",
  ].join("\n");
}

// upTo is what led to the first answer to a command: the goal is met there.
function upTo(steps: Step[], verb: string): Step[] {
  const at = steps.findIndex((x) => x.kind === "reply" && x.verb === verb && x.status === "+OK");
  return at < 0 ? steps : steps.slice(0, at + 1);
}

const text = (x?: Step) => x ? escaped(x.octets).replace(/\\r\\n$/, "") : "CAPA";

// moves are the lines of a dialogue that let the same happen.
function moves(steps: Step[], many: boolean): string[] {
  const first = steps.findIndex((x) => x.happening === "connect");
  return steps.flatMap((x, n) => {
    const who = many && x.device ? `[${x.device}] ` : "";
    if (x.kind === "line") return [x.lineEnd === "CR LF" ? `${who}C: ${text(x)}` : `${who}C> ${escaped(x.octets)}`];
    const what = ({ connect: many || n !== first ? "C connects" : "", "hang up": "C hangs up", vanish: "C vanishes", secure: "C secures", expire: "C stays silent" } as Record<string, string>)[x.happening];
    return what ? [who + what] : [];
  });
}
