// Regions with data-live ask again while something runs, but not in a hidden tab, nor while a dialog is open.
document.addEventListener("htmx:beforeRequest", (event) => {
  if (!event.target.matches("[data-live]")) return;
  if (document.hidden || document.querySelector("dialog[open]")) event.preventDefault();
});
