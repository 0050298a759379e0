// What Swagger UI leaves out for who doesn't see: its groups are h3 under an h1, and what stands above them is in no landmark.
const root = document.getElementById("swagger-ui");

function mend() {
  for (const heading of root.querySelectorAll(":is(h3, h4, h5):not([aria-level])")) {
    heading.setAttribute("aria-level", String(Number(heading.localName.at(1)) - 1));
  }
  root.querySelector(".information-container:not([role])")?.setAttribute("role", "banner");
}

mend();
new MutationObserver(mend).observe(root, { childList: true, subtree: true });
