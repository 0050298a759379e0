// data-copy="text": copies it and says so. Without a secure context the clipboard is closed: then the text is shown to copy by hand.
import { speak } from "./speak.js";

async function copy(button) {
  const text = button.dataset.copy;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    prompt(gettext("Copy this:"), text);
    return;
  }
  button.classList.add("copied");
  speak(gettext("Copied"));
  setTimeout(() => button.classList.remove("copied"), 1500);
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-copy]");
  if (button) copy(button);
});
