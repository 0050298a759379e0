// Pictures that stand still first. Under reduced motion a click plays one, another click stops it. Where motion is welcome, lists show
// stills and play the one that is pointed at or focused, after a moment.
const MOMENT = 250;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
let waiting;

function play(player, on) {
  const still = player.querySelector("source[data-still]");
  if (!still) return;
  still.dataset.still ||= still.media;
  still.media = on ? "not all" : still.dataset.still;
  const button = player.querySelector("[data-play]");
  button?.setAttribute("aria-pressed", String(on));
  button?.classList.toggle("playing", on);
}

const plays = (player) => player.querySelector("source[data-still]").media === "not all";
const playerOf = (place) => (place.matches("[data-player]") ? place : place.querySelector("[data-player]"));

document.addEventListener("click", (event) => {
  const player = event.target.closest("[data-play]")?.closest("[data-player]");
  if (player) play(player, !plays(player));
});

function point(event) {
  const place = event.target.closest?.("[data-hover]");
  if (!place || calm.matches || place.contains(event.relatedTarget)) return;
  clearTimeout(waiting);
  waiting = setTimeout(() => play(playerOf(place), true), MOMENT);
}

function leave(event) {
  const place = event.target.closest?.("[data-hover]");
  if (!place || calm.matches || place.contains(event.relatedTarget)) return;
  clearTimeout(waiting);
  play(playerOf(place), false);
}

for (const name of ["mouseover", "focusin"]) document.addEventListener(name, point);
for (const name of ["mouseout", "focusout"]) document.addEventListener(name, leave);
