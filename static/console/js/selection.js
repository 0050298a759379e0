// Rows chosen in a list, what the batch buttons and dialogs say of them, and row buttons that choose just their own row.
const boxes = () => [...document.querySelectorAll("[data-select]")];
const chosen = () => boxes().filter((box) => box.checked);

function show() {
  const names = chosen().map((box) => box.dataset.name);
  for (const button of document.querySelectorAll("[data-needs-selection]")) button.disabled = !names.length;
  for (const place of document.querySelectorAll("[data-selection-names]")) place.textContent = names.join(", ");
  const count = document.querySelector("[data-selection-count]");
  if (count) count.textContent = names.length ? `${names.length} chosen` : "None chosen";
  const all = document.querySelector("[data-select-all]");
  if (all) all.checked = names.length > 0 && names.length === boxes().length;
}

document.addEventListener("change", (event) => {
  if (event.target.matches("[data-select-all]")) boxes().forEach((box) => (box.checked = event.target.checked));
  if (event.target.matches("[data-select-all], [data-select]")) show();
});

document.addEventListener("click", (event) => {
  const only = event.target.closest("[data-only]");
  if (!only) return;
  boxes().forEach((box) => (box.checked = box.value === only.dataset.only));
  show();
});

addEventListener("pageshow", show);
show();
