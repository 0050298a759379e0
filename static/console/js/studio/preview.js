// The picture as it will be: a rough one at once, then the very bytes that a run would give, and what is known of them.
import { size } from "../size.js";
import { speak } from "../speak.js";
import { ask, Refusal } from "./ask.js";
import { seamOf } from "./seam.js";
import { clock } from "./seconds.js";
import { filled, grouped } from "../texts.js";

const PAUSE = 120; // ms after a change
const HEAD_START = 350; // ms for the rough one before the true one is asked for
const PATIENCE = 1200; // ms after which an estimate is shown until the true numbers come
const [UNSEEN, HARDLY] = [0.02, 0.06]; // RMS of the luma between the last picture and the first
const STATES = { rough: [gettext("Rough"), "orange"], true: [gettext("As it will be"), "green"], busy: [gettext("Being made…"), "blue"], none: [gettext("Not possible"), "red"] };

export class Preview extends EventTarget {
  constructor(form, fields, ends) {
    super();
    ends.addEventListener("abort", () => this.#end());
    Object.assign(this, { form, fields, pane: `pane-${crypto.getRandomValues(new Uint32Array(2)).join("-")}`, turn: 0, facts: null, blob: null, more: [] });
    this.parts = Object.fromEntries(["state", "size", "picture", "note", "facts", "limit"].map((name) => [name, document.getElementById(`preview-${name}`)]));
  }

  // After a moment; what was being made for earlier settings is given up.
  refresh() {
    clearTimeout(this.waiting);
    this.under?.abort();
    this.waiting = setTimeout(() => this.#make(), PAUSE);
  }

  #end() {
    clearTimeout(this.waiting);
    this.under?.abort();
    if (this.parts.picture.src) URL.revokeObjectURL(this.parts.picture.src);
  }

  async #make() {
    const { signal } = (this.under = new AbortController());
    this.turn += 1; // requests overtake each other on their way; the server goes by this
    const fields = this.#fields();
    this.#state("busy");
    const began = performance.now();
    const rough = this.#rough(fields, signal);
    const estimate = this.#estimate(fields, signal);
    try {
      await Promise.race([rough, wait(HEAD_START)]);
      signal.throwIfAborted();
      Object.assign(this, await this.#true(fields, signal));
      this.#show(this.blob, "true");
      this.#tell(this.facts);
      this.#tellSeam(this.blob, this.facts);
      this.parts.state.dataset.took = Math.round(performance.now() - began);
      const values = { ...this.facts, size: size(this.facts.size), length: clock(this.facts.duration) };
      speak(filled(gettext("Preview: %(size)s, %(width)s by %(height)s, %(length)s"), values));
      this.dispatchEvent(new Event("made"));
      await this.#tellBeside(fields, signal);
    } catch (error) {
      await this.#failed(error, estimate);
    }
  }

  // What is shown now with its likeness, whatever is changed meanwhile.
  async measured() {
    return this.#true([...this.#fields("-kept").filter(([name]) => name !== "score"), ["score", "on"]]);
  }

  #fields(suffix = "") {
    const own = this.fields().filter(([name]) => !this.more.some(([one]) => one === name));
    return [...own, ...this.more, ["pane", `${this.pane}${suffix}`], ["turn", this.turn]];
  }

  async #true(fields, signal) {
    const answer = await ask(this.form.dataset.preview, fields, { signal });
    return { facts: JSON.parse(answer.headers.get("Studio-Facts")), blob: await answer.blob() };
  }

  async #rough(fields, signal) {
    try {
      const blob = await (await ask(this.form.dataset.rough, fields, { signal })).blob();
      if (!signal.aborted && this.parts.state.dataset.state === "busy") this.#show(blob, "rough");
    } catch (error) {
      if (!(error instanceof Refusal) && error.name !== "AbortError") throw error; // the true one says what is wrong
    }
  }

  async #estimate(fields, signal) {
    await wait(PATIENCE);
    if (signal.aborted || !["busy", "rough"].includes(this.parts.state.dataset.state)) return;
    try {
      const told = await (await ask(this.form.dataset.estimate, fields, { signal })).json();
      if (signal.aborted || this.parts.state.dataset.state === "true") return;
      this.#tell({ ...told, frames: told.ticks, duration: told.ticks / told.fps, about: true });
    } catch (error) {
      if (!(error instanceof Refusal) && error.name !== "AbortError") throw error;
    }
  }

  async #failed(error, estimate) {
    if (error.name === "AbortError" || error.kind === "Superseded") return;
    if (!(error instanceof Refusal)) throw error;
    this.facts = this.blob = null;
    if (error.kind === "TooLong") {
      await estimate;
      return this.#note(`${error.message} ${gettext("The numbers are estimated.")}`);
    }
    this.#state("none");
    this.#note("");
    this.parts.size.textContent = "";
    this.parts.facts.replaceChildren();
    this.#limit(error.message, true);
    this.#mark(error.mistakes);
    this.dispatchEvent(new Event("refused"));
  }

  #show(blob, state) {
    const { picture } = this.parts;
    if (picture.src) URL.revokeObjectURL(picture.src);
    picture.src = URL.createObjectURL(blob);
    picture.hidden = false;
    picture.classList.toggle("rough", state === "rough");
    this.#note("");
    this.#mark({});
    this.#state(state);
  }

  #tell(told) {
    const bytes = told.about ? filled(gettext("about %(bytes)s (%(low)s to %(high)s)"), { bytes: size(told.bytes), low: size(told.low), high: size(told.high) }) : size(told.size);
    const exact = told.about ? [] : [[gettext("Bytes"), grouped(told.size)]];
    this.parts.size.textContent = bytes;
    const frames = filled(gettext("%(frames)s at %(fps)s/s"), told);
    const rows = [[pgettext("pixels", "Size"), `${told.width}×${told.height}`], [gettext("Frames"), frames], [gettext("Lasts"), clock(told.duration)], ...exact];
    if (told.siblings?.length) rows.push([gettext("A run makes beside it"), named(told.siblings, gettext("being made…"))]);
    if (told.score) rows.push([gettext("Likeness"), likeness(told.score)]);
    this.parts.facts.replaceChildren(...rows.map(fact));
    this.#tellLimit(told);
  }

  #tellLimit({ notes = [], longest }) {
    const within = filled(gettext("Within the limits: at these settings at most %(length)s."), { length: clock(longest) });
    this.#limit([within, ...notes].join(" "), false);
  }

  // The bytes of each file that a run makes beside the picture. They are made for that, and the run takes them over.
  async #tellBeside(fields, signal) {
    if (!this.facts.siblings.length) return;
    const name = [...this.parts.facts.querySelectorAll("dt")].find((one) => one.textContent === gettext("A run makes beside it"));
    const row = name.nextSibling;
    try {
      const made = await (await ask(this.form.dataset.beside, fields, { signal })).json();
      row.textContent = made.siblings.map((one) => `${one.kind} ${size(one.size)}`).join(", ") || "–";
      this.#tellLimit({ ...this.facts, notes: made.notes });
    } catch (error) {
      if (error.name === "AbortError" || error.kind === "Superseded") return;
      if (!(error instanceof Refusal)) throw error;
      row.textContent = named(this.facts.siblings, gettext("bytes are known after a run"));
    }
  }

  // How much is seen of the place where it begins anew, as soon as that is known.
  async #tellSeam(blob, { seam }) {
    const seen = seam ? seam.after : await seamOf(blob);
    if (seen === null || blob !== this.blob) return;
    const words = seen < UNSEEN ? gettext("isn't seen") : seen < HARDLY ? gettext("is hardly seen") : gettext("is seen");
    this.parts.facts.append(fact([gettext("Seam"), `${words} (${seen.toFixed(3)})`]));
  }

  #limit(text, broken) {
    this.parts.limit.textContent = text;
    this.parts.limit.classList.toggle("broken", broken);
  }

  #note(text) {
    this.parts.note.textContent = text;
    this.parts.note.hidden = !text;
  }

  #state(state) {
    const [words, colour] = STATES[state];
    Object.assign(this.parts.state, { textContent: words, className: `state state-${colour}`, hidden: false });
    this.parts.state.dataset.state = state;
  }

  // The fields that a refusal is about.
  #mark(mistakes) {
    for (const one of this.form.elements) {
      if (!one.name) continue;
      const wrong = one.name in mistakes;
      one.classList.toggle("is-invalid", wrong);
      wrong ? one.setAttribute("aria-invalid", "true") : one.removeAttribute("aria-invalid");
    }
  }
}

const named = (kinds, said) => `${kinds.join(", ")} (${said})`;

function likeness({ mean, worst, worst_at: at }) {
  const values = { mean: mean.toFixed(3), worst: worst.toFixed(3), moment: clock(at) };
  return filled(gettext("%(mean)s (worst %(worst)s at %(moment)s)"), values);
}

const wait = (ms) => new Promise((done) => setTimeout(done, ms));

// A name and its value stay on one line.
function fact([name, value]) {
  const row = document.createElement("div");
  row.append(made("dt", name), made("dd", value));
  return row;
}

function made(tag, text) {
  return Object.assign(document.createElement(tag), { textContent: text });
}
