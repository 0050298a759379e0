// Before the first paint: light or dark, as chosen here before, else as the system has it. Django's admin hears the same
// choice, and keeps "auto" in its place where there is none.
(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const show = () => {
    const chosen = localStorage.getItem("theme");
    const asTheSystem = dark.matches ? "dark" : "light";
    document.documentElement.dataset.bsTheme = ["light", "dark"].includes(chosen) ? chosen : asTheSystem;
  };
  dark.addEventListener("change", show);
  show();
})();
