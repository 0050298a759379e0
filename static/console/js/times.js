// <time data-local>: the server writes UTC, the reader sees their own time.
const format = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

function localise(root) {
  for (const time of root.querySelectorAll("time[data-local]")) {
    time.title = time.dateTime;
    time.textContent = format.format(new Date(time.dateTime));
    delete time.dataset.local;
  }
}

document.addEventListener("htmx:load", (event) => localise(event.detail.elt.parentElement ?? document));
localise(document);
