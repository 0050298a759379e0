// Tell screen readers something that others see.
export function speak(text) {
  document.getElementById("spoken").textContent = text;
}
