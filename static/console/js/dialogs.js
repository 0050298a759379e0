// data-dialog="id" opens a dialog, data-close closes it; a form with data-confirm asks before it is sent.
const confirmDialog = document.getElementById("confirm");

function ask(form) {
  const action = document.getElementById("confirm-action");
  document.getElementById("confirm-title").textContent = form.dataset.confirm;
  document.getElementById("confirm-body").textContent = form.dataset.confirmBody ?? "";
  action.textContent = form.dataset.confirmAction;
  action.hidden = "confirmBlocked" in form.dataset;
  confirmDialog.returnValue = "";
  confirmDialog.showModal();
  confirmDialog.onclose = () => {
    if (confirmDialog.returnValue === "confirm") form.submit();
  };
}

document.addEventListener("submit", (event) => {
  if (!event.target.matches("[data-confirm]")) return;
  event.preventDefault();
  ask(event.target);
});

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) document.getElementById(opener.dataset.dialog).showModal();
  if (event.target.closest("[data-close]")) event.target.closest("dialog").close();
  if (event.target.matches("dialog")) event.target.close();
});
