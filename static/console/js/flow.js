// The task flow form: rows come and go without a reload, and templates made in another tab join the selectors.
const form = document.getElementById("flow-form");
const steps = document.getElementById("steps");
const FIELD = "select, input"; // the first of a row
let next = 1000;

// Without scripts the button asks the server for the form with one row more.
function addRow(button) {
  const number = next++;
  const row = document.getElementById(`${button.dataset.add}-row`).content.cloneNode(true).firstElementChild;
  for (const element of row.querySelectorAll("[id], [for], [aria-describedby]")) {
    for (const name of ["id", "for", "aria-describedby"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replace(/-new-/g, `-${number}-`));
    }
  }
  document.getElementById(button.dataset.add).append(row);
  htmx.process(row);
  row.querySelector(FIELD).focus();
}

function removeStep(row) {
  const neighbour = row.nextElementSibling ?? row.previousElementSibling;
  const add = form.querySelector(`[data-add="${row.parentElement.id}"]`);
  row.remove();
  (neighbour?.querySelector(FIELD) ?? add).focus();
}

async function refreshTemplates() {
  const answer = await fetch(form.dataset.options);
  if (!answer.ok) return;
  const options = await answer.text();
  const selects = [...document.getElementById("steps-row").content.querySelectorAll("select"), ...steps.querySelectorAll("select")];
  for (const select of selects) {
    const value = select.value;
    select.innerHTML = options;
    select.value = value;
  }
}

if (form) {
  form.addEventListener("click", (event) => {
    const add = event.target.closest("[data-add]");
    if (add) {
      event.preventDefault();
      addRow(add);
    }
    const remove = event.target.closest("[data-remove-step]");
    if (remove) removeStep(remove.closest("[data-step]"));
  });
  addEventListener("focus", refreshTemplates);
  form.refreshTemplates = refreshTemplates; // the studio makes some, too
}
