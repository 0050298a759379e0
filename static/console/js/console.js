// What every page of the console can do.
import "./copy.js";
import "./dialogs.js";
import "./flow.js";
import "./live.js";
import "./navigation.js";
import "./players.js";
import "./pull.js";
import "./selection.js";
import "./times.js";
