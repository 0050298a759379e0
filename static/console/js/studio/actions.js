// What can be done with the chosen picture: run it, keep it as a template or in a task flow, copy it as code.
import { speak } from "../speak.js";
import { ask, Refusal } from "./ask.js";

export function offer(form, fields) {
  const byId = (id) => document.getElementById(id);
  const send = async (name, more = []) => (await ask(form.dataset[name], [...fields(), ...more])).json();

  byId("run")?.addEventListener("click", async ({ currentTarget: button }) => {
    button.disabled = true;
    try {
      location.assign((await send("run")).url);
    } catch (error) {
      button.disabled = false;
      say(byId("studio-said"), refused(error));
    }
  });

  for (const dialog of document.querySelectorAll("[data-sends]")) {
    dialog.addEventListener("submit", async (event) => {
      event.preventDefault();
      const said = dialog.querySelector("[data-said]");
      try {
        const { url, said: words } = await send(dialog.dataset.sends, [...new FormData(dialog)]);
        dialog.closest("dialog").close();
        say(byId("studio-said"), words, url);
      } catch (error) {
        say(said, refused(error));
      }
    });
  }
  const choice = byId("flow-choice");
  const chosen = () => {
    byId("new-flow").hidden = choice.value !== "";
    byId("flow-name").required = choice.value === "";
  };
  choice.addEventListener("change", chosen);
  chosen();

  byId("copy-as")?.addEventListener("click", async () => {
    try {
      show((await send("code")).snippets);
      byId("code").showModal();
    } catch (error) {
      say(byId("studio-said"), refused(error));
    }
  });

  function show(snippets) {
    const buttons = Object.keys(snippets).map((name) => {
      const button = Object.assign(document.createElement("button"), { type: "button", className: "btn", textContent: name });
      button.addEventListener("click", () => choose(name));
      return button;
    });
    const choose = (name) => {
      byId("code-text").textContent = byId("code-copy").dataset.copy = snippets[name];
      for (const button of buttons) {
        button.setAttribute("aria-pressed", String(button.textContent === name));
        button.classList.toggle("active", button.textContent === name);
      }
    };
    byId("code-languages").replaceChildren(...buttons);
    choose(Object.keys(snippets)[0]);
  }
}

function refused(error) {
  if (!(error instanceof Refusal)) throw error;
  return error.message;
}

function say(place, words, url = "") {
  place.hidden = !words;
  place.replaceChildren(words);
  if (url) place.append(" ", Object.assign(document.createElement("a"), { href: url, textContent: gettext("Open it") }));
  speak(words);
}
