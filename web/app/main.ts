// Every page begins here: each part of the page that has scripts is let at work by its module.

import { bench } from "./bench";
import { offline } from "./offline";
import { single } from "./single";

single(() => {
  if (document.getElementById("bench")) void bench();
  void offline();
});
