// The studio in a dialog, beside the form that is to have what is chosen: data-studio says what it is for, the row or
// form around the button has the values that it opens with.
//   run: pictures of data-studio-media are tried out and run
//   step: a task flow's row; another picture than its template's becomes a template
//   retry: a row of a failed task, which may have another picture
//   template: all but the seconds
import { speak } from "../speak.js";
import { ask, Refusal } from "./ask.js";
import { openStudio } from "./open.js";

const TIMES = ["start", "end", "auto", "pieces", "piece", "skip_first", "skip_last"];
const dialog = document.getElementById("studio-panel");
const body = dialog.querySelector("[data-fetched]");
let open = null; // what closing ends

document.addEventListener("click", ({ target }) => {
  const opener = target.closest("[data-studio]");
  if (opener) show(opener.closest("[data-step], form"), opener.dataset.studio, opener.dataset.studioMedia ?? "");
});

dialog.addEventListener("close", ({ target }) => {
  if (target === dialog) open?.abort();
});

// `holder` is the row or the form that the button stands in.
async function show(holder, purpose, media) {
  const asked = new URLSearchParams({ ...said(holder, purpose), media, for: purpose });
  const answer = await fetch(`${dialog.dataset.address}?${asked}`, { headers: { "HX-Request": "true" } });
  if (!answer.ok || answer.headers.has("HX-Refresh")) return location.reload();
  open?.abort();
  open = new AbortController();
  body.innerHTML = await answer.text();
  if (!dialog.open) dialog.showModal();
  body.querySelector("[autofocus]").focus();
  for (const one of body.querySelectorAll("[data-panel-media]")) {
    one.addEventListener("click", () => show(holder, purpose, one.dataset.panelMedia));
  }
  const form = body.querySelector("#studio");
  if (!form) return;
  const address = openStudio(form, { isPage: false, signal: open.signal });
  const before = picture(address);
  const isOwn = () => picture(address) === before && Boolean(form.elements.definition);
  const name = document.getElementById("panel-name");
  const named = () => name && (name.hidden = isOwn());
  form.addEventListener("change", named);
  named();
  document.getElementById("panel-take")?.addEventListener("click", () => take(holder, purpose, { form, address, before, isOwn }));
}

// What the form around the button has, as an address of the studio says it.
function said(holder, purpose) {
  if (!holder || purpose === "run") return {};
  const value = (name) => holder.querySelector(`[name=${name}]`)?.value ?? "";
  if (purpose === "template") return { definition: holder.dataset.definition ?? "", ...typed(holder) };
  const times = Object.fromEntries(TIMES.map((name) => [name, value(name)]));
  const asked = { definition: value("definition"), ...times, ...Object.fromEntries(new URLSearchParams(value("picture"))) };
  return Object.fromEntries(Object.entries(asked).filter(([, one]) => one !== ""));
}

function typed(form) {
  const named = [...form.elements].filter((one) => one.name && one.type !== "hidden" && !["name", "comment"].includes(one.name));
  const kept = named.filter((one) => one.type !== "radio" || one.checked);
  return Object.fromEntries(kept.map((one) => [one.name, one.type === "checkbox" ? (one.checked ? "on" : "off") : one.value]));
}

const isPictures = ([name]) => !["media", "definition", ...TIMES].includes(name);
const picture = (address) => new URLSearchParams(address.fields().filter(isPictures)).toString();

async function take(holder, purpose, { form, address, before, isOwn }) {
  const values = Object.fromEntries(address.fields());
  try {
    if (purpose === "template") fill(holder, Object.entries(values).filter(isPictures));
    else {
      if (purpose === "retry") put(holder, "picture", picture(address) === before ? holder.querySelector("[name=picture]").value : picture(address));
      else if (!isOwn()) await choose(holder, form, address);
      for (const name of TIMES) put(holder, name, values[name] ?? "");
    }
  } catch (error) {
    if (!(error instanceof Refusal)) throw error;
    const place = document.getElementById("studio-said");
    Object.assign(place, { textContent: error.message, hidden: false });
    speak(error.message);
    return;
  }
  dialog.close();
  holder.dispatchEvent(new Event("input", { bubbles: true })); // what is said of it is said anew
}

// Of a task flow: the settings become a template of their own, which the row then has.
async function choose(holder, form, address) {
  const name = document.getElementById("panel-template").value;
  const made = await (await ask(form.dataset.save, [...address.sent(), ["name", name]])).json();
  await document.getElementById("flow-form").refreshTemplates();
  put(holder, "definition", String(made.definition));
}

function put(holder, name, value) {
  const field = holder.querySelector(`[name=${name}]`);
  if (field) field.value = value;
  const folded = field?.closest("details");
  if (folded && value) folded.open = true;
}

function fill(form, values) {
  for (const [name, value] of values) {
    for (const one of form.querySelectorAll(`[name=${name}]`)) {
      if (one.type === "radio") one.checked = one.value === value;
      else if (one.type === "checkbox") one.checked = value === "on";
      else one.value = value;
    }
  }
}
