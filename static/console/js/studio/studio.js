// The studio's own page.
import { openStudio } from "./open.js";

openStudio(document.getElementById("studio"), { isPage: true, signal: new AbortController().signal });
