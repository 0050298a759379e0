// Under reduced motion a player shows its still first; a click plays the animated image, another shows the still again.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-play]");
  if (!button) return;
  const picture = button.closest("[data-player]").querySelector("picture");
  const still = picture.querySelector("source");
  const playing = still.media === "not all";
  still.media = playing ? "(prefers-reduced-motion: reduce)" : "not all";
  button.setAttribute("aria-pressed", String(!playing));
  button.classList.toggle("playing", !playing);
});
