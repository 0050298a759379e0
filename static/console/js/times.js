// <time data-local>: the server writes UTC, the reader sees their own time.
import { filled, locale } from "./texts.js";
const clock = { hour: "numeric", minute: "2-digit" };
const short = { month: "short", day: "numeric", ...clock };
const today = new Intl.DateTimeFormat(locale, clock);
const thisYear = new Intl.DateTimeFormat(locale, short);
const otherYear = new Intl.DateTimeFormat(locale, { ...short, year: "numeric" });
const exact = new Intl.DateTimeFormat(locale, { dateStyle: "full", timeStyle: "long" });

function words(moment) {
  if (moment.toDateString() === new Date().toDateString()) return filled(gettext("Today, %(time)s"), { time: today.format(moment) });
  return (moment.getFullYear() === new Date().getFullYear() ? thisYear : otherYear).format(moment);
}

function localise(root) {
  for (const time of root.querySelectorAll("time[data-local]")) {
    const moment = new Date(time.dateTime);
    time.title = exact.format(moment);
    time.textContent = words(moment);
    delete time.dataset.local;
  }
}

document.addEventListener("htmx:load", (event) => localise(event.detail.elt.parentElement ?? document));
localise(document);
