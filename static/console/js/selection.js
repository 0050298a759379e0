// Rows chosen in a list, what the batch buttons and dialogs say of them, and row buttons that choose just their own row.
import { filled } from "./texts.js";
const boxes = () => [...document.querySelectorAll("[data-select]")];
const chosen = () => boxes().filter((box) => box.checked);
const everything = document.querySelector("[data-everything]"); // sent in place of the rows: how many match
const offer = document.querySelector("[data-select-everything]");

function words() {
  if (everything && !everything.disabled) return filled(gettext("All %(number)s that match"), { number: everything.dataset.everything });
  const names = chosen().map((box) => box.dataset.name);
  if (names.length < 2) return names.join();
  return filled(gettext("%(number)s chosen: %(names)s"), { number: names.length, names: names.join(", ") });
}

function show() {
  const number = chosen().length;
  const onPage = number > 0 && number === boxes().length;
  if (everything && !onPage) everything.disabled = true;
  const whole = everything && !everything.disabled;
  for (const button of document.querySelectorAll("[data-needs-selection]")) button.disabled = !number;
  for (const place of document.querySelectorAll("[data-selection-names]")) place.textContent = words();
  const count = document.querySelector("[data-selection-count]");
  if (count) count.textContent = whole ? words() : number ? filled(gettext("%(number)s chosen"), { number }) : gettext("None chosen");
  for (const place of document.querySelectorAll("[data-needs-one]")) {
    place.hidden = number !== 1 || whole || "noPicture" in chosen()[0].dataset;
    if (!place.hidden) place.querySelector("[data-studio]").dataset.studioMedia = chosen()[0].value;
  }
  for (const all of document.querySelectorAll("[data-select-all]")) all.checked = onPage;
  if (offer) offer.hidden = !onPage || whole;
  for (const link of document.querySelectorAll("[data-export]")) exportChosen(link, whole ? [] : chosen());
}

function exportChosen(link, rows) {
  const address = new URL(link.href);
  address.searchParams.delete("file_id");
  for (const box of rows) address.searchParams.append("file_id", box.value);
  link.href = address;
  const place = document.querySelector("[data-export-words]");
  place.dataset.all ??= place.textContent;
  place.textContent = rows.length ? filled(gettext("The %(number)s chosen"), { number: rows.length }) : place.dataset.all;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-all]")) boxes().forEach((box) => (box.checked = event.target.checked));
  if (event.target.matches("[data-select-all], [data-select]")) show();
});

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-select-everything]")) {
    everything.disabled = false;
    show();
  }
  const only = event.target.closest("[data-only]");
  if (!only) return;
  if (everything) everything.disabled = true;
  boxes().forEach((box) => (box.checked = box.value === only.dataset.only));
  show();
});

addEventListener("pageshow", show);
show();
