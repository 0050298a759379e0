// Small helps around pages: back, the theme, and the eye on a form's mistakes.
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-back]")) history.back();
  if (event.target.closest("[data-theme-switch]")) {
    const root = document.documentElement.dataset;
    root.bsTheme = root.bsTheme === "dark" ? "light" : "dark";
    localStorage.setItem("theme", root.bsTheme);
  }
});

// A second click would do it twice. The browser may bring the page back as it was left: pageshow.
document.addEventListener("submit", (event) => {
  const button = event.submitter;
  if (!button || event.defaultPrevented || event.target.method !== "post") return;
  button.dataset.sent = "";
  setTimeout(() => (button.disabled = true));
});
addEventListener("pageshow", () => {
  for (const button of document.querySelectorAll("[data-sent]")) button.disabled = false;
});

document.querySelector("[data-focus]")?.focus();
