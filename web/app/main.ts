// Every page begins here: each part of the page that has scripts is let at work by its module.

import { bench } from "./bench";
import { files } from "./lessonfile";
import { live } from "./live";
import { map } from "./map";
import { offline } from "./offline";
import { serve } from "./servepage";
import { single } from "./single";

// The script doesn't wait for the page to be drawn, only to be there: so the engine is compiled
// meanwhile.
if (document.readyState === "loading") addEventListener("DOMContentLoaded", begin, { once: true });
else begin();

function begin(): void {
  single(() => {
    const place = document.getElementById("bench");
    if (place) void (place.dataset.live ? live() : place.dataset.desk ? serve() : bench());
    map();
    files();
    void offline();
  });
}
