// Moments worth showing, as the engine finds them: each a small loop to choose.
import { speak } from "../speak.js";
import { ask, Refusal } from "./ask.js";
import { clock, typed } from "./seconds.js";
import { filled } from "../texts.js";

const [SHORTEST, LONGEST] = [0.5, 60];

export class Moments {
  constructor(form, { segment, fields, pane, chosen }) {
    Object.assign(this, { form, segment, fields, pane, chosen, list: document.getElementById("moments-list") });
    this.said = document.getElementById("moments-said");
    this.button = document.getElementById("moments-find");
    this.button.addEventListener("click", () => this.#find());
  }

  async #find() {
    this.button.disabled = true;
    this.#say(gettext("Looking for good moments…"));
    try {
      const seconds = Math.min(LONGEST, this.segment.duration, Math.max(SHORTEST, this.segment.length < this.segment.duration ? this.segment.length : 3));
      const { best } = await (await ask(this.form.dataset.highlights, [...this.fields(), ["seconds", typed(seconds)]])).json();
      this.list.replaceChildren(...best.map((one, number) => this.#offer(one, number)));
      this.#say("");
      speak(filled(ngettext("%(number)s moment is offered", "%(number)s moments are offered", best.length), { number: best.length }));
      this.list.querySelector("button")?.focus();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error;
      this.#say(error.message);
    } finally {
      this.button.disabled = false;
    }
  }

  #offer({ start, end, reasons }, number) {
    const button = Object.assign(document.createElement("button"), { type: "button", className: "moment" });
    const picture = Object.assign(document.createElement("img"), { alt: "" });
    const words = document.createElement("span");
    const textContent = filled(gettext("%(start)s to %(end)s"), { start: clock(start), end: clock(end) });
    words.append(Object.assign(document.createElement("strong"), { textContent }), reasons.join(", "));
    button.append(picture, words);
    button.addEventListener("click", () => {
      this.segment.resolve(start, end);
      this.segment.seek(start);
      this.chosen();
    });
    this.#draw(picture, start, end, number);
    const item = document.createElement("li");
    item.append(button);
    return item;
  }

  async #draw(picture, start, end, number) {
    const own = this.fields().filter(([name]) => !["start", "end", "width", "height"].includes(name));
    try {
      const fields = [...own, ["start", typed(start)], ["end", typed(end)], ["pane", `${this.pane}-m${number}`]];
      picture.src = URL.createObjectURL(await (await ask(this.form.dataset.rough, fields)).blob());
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // its seconds are offered without a picture
    }
  }

  #say(text) {
    this.said.textContent = text;
    this.said.hidden = !text;
  }
}
