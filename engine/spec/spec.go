// Package spec prints the table: as Markdown for people, as Mermaid for pictures, as JSON for
// programs. Everything in it comes from package engine's tables; nothing is written twice.
//
// Read spec.go for what can be had, tables.go for how rows become lines, json.go for the shape of the
// JSON, readme.go for the blocks that the README embeds.
package spec

import (
	"strings"

	"pop3lab/engine"
)

//go:generate go run ./gen

// Default is the server that is described unless another is asked for: everything on, every switch off,
// able to do TLS.
func Default() *engine.Protocol { return engine.New(engine.Config{STLS: true, LoginDelay: 1}) }

// Mermaid draws the server's states: the RFC's three, or, with near, the rooms of AUTHORIZATION too.
func Mermaid(p *engine.Protocol, near bool) string {
	if near {
		return engine.Mermaid(p.ActiveRules(), engine.Near)
	}
	return engine.Mermaid(p.ActiveRules(), engine.Far)
}

// Markdown is the whole reference: states, commands, capabilities, mechanisms, response codes and
// refusals of the server, and the personas, switches and faults there are.
func Markdown(p *engine.Protocol) string {
	var b strings.Builder
	section := func(title, intro, body string) {
		b.WriteString("## " + title + "\n\n")
		if intro != "" {
			b.WriteString(intro + "\n\n")
		}
		b.WriteString(body + "\n")
	}
	b.WriteString("# POP3 as a table\n\n")
	b.WriteString("What this server does, printed from the rows that it runs on.\n\n")
	section("States", "RFC 1939 section 3 names three.", fence(Mermaid(p, false)))
	section("Inside AUTHORIZATION", "What is legal differs between its rooms, and so the table has a state for each.", fence(Mermaid(p, true)))
	section("Commands", "", Commands(p))
	section("Commands by a switch", "These are refused unless their switch is on.", Switched(p))
	section("Capabilities", "What CAPA may list, in its order.", Capabilities(p))
	section("Mechanisms", "What AUTH may name.", Mechanisms(p))
	section("Response codes", "What may stand in brackets at the beginning of an -ERR.", ResponseCodes())
	section("Refusals", "Every reason there is for an -ERR, or for a connection that is closed without one.", Refusals())
	section("Personas", "Servers out there, as data. Whatever it is called, it's this engine that speaks.", Personas())
	section("Switches", "Where the RFCs leave a choice, or servers chose otherwise.", Switches())
	section("Faults", "What broken servers and networks do, to be found.", Faults())
	return strings.TrimSuffix(b.String(), "\n")
}

// fence makes a diagram a block that GitHub and others draw.
func fence(mermaid string) string { return "```mermaid\n" + mermaid + "```\n" }
