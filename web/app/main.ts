// Every page begins here: each part of the page that has scripts is let at work by its module.

import { bench } from "./bench";

if (document.getElementById("bench")) bench();
