// The upload page: files become rows, rows become tus uploads, two at a time.
import { UploadRow } from "./upload-row.js";

const AT_ONCE = 2;
const page = document.getElementById("uploader");
const zone = document.getElementById("drop-zone");
const input = document.getElementById("files");
const start = document.getElementById("start");
const choices = document.getElementById("choices");
const rows = [];

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
}

choices.addEventListener("submit", (event) => {
  event.preventDefault();
  rows.filter((row) => row.isReady).forEach((row) => row.enqueue());
  changed();
});

choices.addEventListener("change", () => {
  const flow = new FormData(choices).get("processing") === "flow";
  choices.querySelector("[data-flow-choice]").hidden = !flow;
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
