// The pull page: rows come and go without a reload.
const rows = document.getElementById("pull-rows");
let next = 1000;

function add() {
  const row = document.getElementById("pull-row").content.cloneNode(true).firstElementChild;
  const number = next++;
  for (const element of row.querySelectorAll("[id], [for], [aria-describedby]")) {
    for (const name of ["id", "for", "aria-describedby"]) {
      const value = element.getAttribute(name);
      if (value) element.setAttribute(name, value.replaceAll("pull-new-", `pull-${number}-`));
    }
  }
  rows.append(row);
  row.querySelector("input").focus();
}

document.getElementById("add-pull")?.addEventListener("click", add);
rows?.addEventListener("click", (event) => {
  const row = event.target.closest("[data-remove-pull]")?.closest("[data-pull-row]");
  if (!row) return;
  const neighbour = row.nextElementSibling ?? row.previousElementSibling;
  row.remove();
  (neighbour?.querySelector("input") ?? document.getElementById("add-pull")).focus();
});
