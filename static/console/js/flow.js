// The task flow form: rows come and go without a reload, and templates made in another tab join the selectors.
const form = document.getElementById("flow-form");
const steps = document.getElementById("steps");
let next = 1000;

function addStep() {
  const number = next++;
  const row = document.getElementById("step-row").content.cloneNode(true).firstElementChild;
  for (const element of row.querySelectorAll("[id], [for], [aria-describedby]")) {
    for (const name of ["id", "for", "aria-describedby"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replaceAll("step-new-", `step-${number}-`));
    }
  }
  steps.append(row);
  htmx.process(row);
  row.querySelector("select").focus();
}

function removeStep(row) {
  const neighbour = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (neighbour?.querySelector("select") ?? document.getElementById("add-step")).focus();
}

async function refreshTemplates() {
  const answer = await fetch(form.dataset.options);
  if (!answer.ok) return;
  const options = await answer.text();
  const selects = [...document.getElementById("step-row").content.querySelectorAll("select"), ...steps.querySelectorAll("select")];
  for (const select of selects) {
    const value = select.value;
    select.innerHTML = options;
    select.value = value;
  }
}

if (form) {
  document.getElementById("add-step").addEventListener("click", addStep);
  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-remove-step]");
    if (button) removeStep(button.closest("[data-step]"));
  });
  addEventListener("focus", refreshTemplates);
}
