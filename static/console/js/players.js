// Pictures that stand still first. Under reduced motion a click plays one, another click stops it. Where motion is welcome, lists show
// stills and play the one that is pointed at or focused, after a moment.
const MOMENT = 250;
const calm = matchMedia("(prefers-reduced-motion: reduce)");
const waiting = new WeakMap(); // of each place its own: what one leaves doesn't stop what one comes to

function play(player, on) {
  const still = player?.querySelector("source[data-still]"); // none where playback is prohibited
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

function point({ target, relatedTarget }) {
  const place = target.closest?.("[data-hover]");
  if (!place || calm.matches || place.contains(relatedTarget)) return;
  clearTimeout(waiting.get(place));
  waiting.set(place, setTimeout(() => play(playerOf(place), true), MOMENT));
}

// What the pointer leaves while the keyboard's focus is in it plays on, and the other way round.
function leave({ target, relatedTarget, type }) {
  const place = target.closest?.("[data-hover]");
  if (!place || calm.matches || place.contains(relatedTarget)) return;
  if (type === "mouseout" ? place.querySelector(":focus-visible") : place.matches(":hover")) return;
  clearTimeout(waiting.get(place));
  play(playerOf(place), false);
}

for (const name of ["mouseover", "focusin"]) document.addEventListener(name, point);
for (const name of ["mouseout", "focusout"]) document.addEventListener(name, leave);
