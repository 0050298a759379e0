// The upload page: files become rows, rows become tus uploads, two at a time; above them how far all are.
import { size } from "./size.js";
import { UploadRow } from "./upload-row.js";
import { filled } from "./texts.js";

const AT_ONCE = 2;
const page = document.getElementById("uploader");
const zone = document.getElementById("drop-zone");
const input = document.getElementById("files");
const start = document.getElementById("start");
const choices = document.getElementById("choices");
const total = document.getElementById("total");
const clear = document.getElementById("clear");
const rows = [];
let looks = []; // [when, bytes sent by then] of the last seconds

function wanted() {
  const data = new FormData(choices);
  return {
    procedure: data.get("processing") === "flow" ? data.get("procedure") : "",
    classId: data.get("class_id"),
  };
}

function add(files) {
  for (const file of files) {
    rows.push(new UploadRow(file, { page, wanted: wanted(), changed }));
  }
  input.value = "";
  changed();
}

function changed() {
  const busy = rows.filter((row) => row.isBusy).length;
  rows.filter((row) => row.isQueued).slice(0, Math.max(0, AT_ONCE - busy)).forEach((row) => row.send());
  start.disabled = !rows.some((row) => row.isReady);
  clear.hidden = !rows.some((row) => row.isDone);
  tell();
}

const sum = (values) => values.reduce((all, one) => all + one, 0);

// Left by the speed of the last ten seconds.
function tell() {
  const counted = rows.filter((row) => row.counts);
  const [sent, all] = [sum(counted.map((row) => row.sent)), sum(counted.map((row) => row.file.size))];
  total.hidden = counted.length === 0;
  if (total.hidden) return;
  const now = performance.now();
  looks = [...looks.filter(([at, by]) => now - at < 10_000 && by <= sent), [now, sent]];
  const [since, before] = looks[0];
  const speed = now - since > 1000 ? (1000 * (sent - before)) / (now - since) : 0;
  total.querySelector("progress").value = all ? (100 * sent) / all : 0;
  const moving = rows.some((row) => row.isBusy) && speed > 0;
  const values = { sent: size(sent), all: size(all), speed: size(speed), left: left((all - sent) / speed) };
  const words = moving ? gettext("%(sent)s of %(all)s · %(speed)s/s · %(left)s left") : gettext("%(sent)s of %(all)s");
  total.querySelector("[data-words]").textContent = filled(words, values);
}

function left(seconds) {
  if (seconds < 90) return filled(gettext("%(number)s s"), { number: Math.max(1, Math.round(seconds)) });
  if (seconds < 5400) return filled(gettext("%(number)s min"), { number: Math.round(seconds / 60) });
  return filled(gettext("%(number)s h"), { number: Math.round(seconds / 3600) });
}

setInterval(() => rows.some((row) => row.isBusy) && tell(), 500);

clear.addEventListener("click", () => {
  for (const row of rows.filter((one) => one.isDone)) row.element.remove();
  rows.splice(0, rows.length, ...rows.filter((one) => !one.isDone));
  looks = [];
  changed();
});

addEventListener("online", () => rows.forEach((row) => row.lineIsBack()));

choices.addEventListener("submit", (event) => {
  event.preventDefault();
  rows.filter((row) => row.isReady).forEach((row) => row.enqueue());
  changed();
});

choices.addEventListener("change", () => {
  const flow = new FormData(choices).get("processing") === "flow";
  const choice = choices.querySelector("[data-flow-choice]"); // without a task flow the sentence that says so stays
  if (choice) choice.hidden = !flow;
  rows.filter((row) => row.isReady).forEach((row) => row.want(wanted()));
});

input.addEventListener("change", () => add(input.files));
zone.addEventListener("dragover", (event) => {
  event.preventDefault();
  zone.classList.add("over");
});
zone.addEventListener("dragleave", () => zone.classList.remove("over"));
zone.addEventListener("drop", (event) => {
  event.preventDefault();
  zone.classList.remove("over");
  add(event.dataTransfer.files);
});

addEventListener("beforeunload", (event) => {
  if (rows.some((row) => row.isBusy || row.isQueued)) event.preventDefault();
});

// A browser may bring back choices from before a reload without saying so.
choices.dispatchEvent(new Event("change"));
