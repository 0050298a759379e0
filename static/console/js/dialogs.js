// data-dialog="id" opens a dialog, data-close closes it; a form with data-confirm asks before it is sent.
const confirmDialog = document.getElementById("confirm");

export function ask({ title, body, action, blocked = false, then }) {
  const button = document.getElementById("confirm-action");
  document.getElementById("confirm-title").textContent = title;
  document.getElementById("confirm-body").textContent = body ?? "";
  button.textContent = action;
  button.hidden = blocked;
  confirmDialog.returnValue = "";
  confirmDialog.showModal();
  confirmDialog.onclose = () => {
    if (confirmDialog.returnValue === "confirm") then();
  };
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-confirm]")) return;
  event.preventDefault();
  const form = event.target;
  const { confirm: title, confirmBody: body, confirmAction: action } = form.dataset;
  ask({ title, body, action, blocked: "confirmBlocked" in form.dataset, then: () => form.submit() });
});

// What can't be undone is sent once its name was typed.
document.addEventListener("input", ({ target }) => {
  const form = target.closest("[data-needs-typed]");
  if (form) form.querySelector("[type=submit]").disabled = target.value.trim() !== form.dataset.needsTyped.trim();
});

// A dialog with data-foretells asks what its form would do: when it opens, and when something in it is changed.
function foretell(dialog) {
  const place = dialog.querySelector("[hx-trigger=foretell]");
  if (place) htmx.trigger(place, "foretell");
}

document.addEventListener("change", (event) => {
  const dialog = event.target.closest("[data-foretells]");
  if (dialog) foretell(dialog);
});

// What a dialog fetched is of one row: emptied, it plays no further, and the next row finds nothing of it.
const empty = (dialog) => dialog.querySelector("[data-fetched]")?.replaceChildren();

document.addEventListener("close", ({ target }) => target.matches("dialog") && empty(target), { capture: true });

// Closed before another one opens, which then gives the focus back to where this one had it from.
document.addEventListener("click", (event) => {
  if (event.target.matches("dialog:not([data-stays])")) event.target.close();
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  const opener = event.target.closest("[data-dialog]");
  if (!opener) return;
  const dialog = document.getElementById(opener.dataset.dialog);
  empty(dialog);
  dialog.showModal();
  if (dialog.matches("[data-foretells]")) foretell(dialog);
});
