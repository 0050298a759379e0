// Two settings, or the source and one, at the same tick: under a divider or side by side, closer if wanted.
import { size } from "../size.js";
import { Refusal } from "./ask.js";
import { isSteppable, Moving, paint } from "./moving.js";
import { filled, grouped } from "../texts.js";

export class Compare {
  constructor(preview, { segment, source, address, signal }) {
    Object.assign(this, { preview, segment, source, address, signal, against: "", first: null, second: null, kept: null });
    const byId = (id) => document.getElementById(id);
    this.parts = { root: byId("compare"), stage: byId("preview-stage"), a: byId("compare-a"), b: byId("compare-b"), layers: [byId("layer-a"), byId("layer-b")], table: byId("compare-table") };
    this.buttons = [...document.querySelectorAll("[data-compare]")];
    for (const button of this.buttons) {
      button.disabled = true; // until there is a picture
      if (!isSteppable) button.title = gettext("Your browser can step through pictures on HTTPS or localhost alone.");
      button.addEventListener("click", () => this.start(button.dataset.compare));
    }
    byId("compare-stop").addEventListener("click", () => this.stop());
    byId("compare-back").addEventListener("click", () => this.back());
    byId("compare-divider").addEventListener("input", ({ target }) => this.#split(target.value));
    byId("compare-side").addEventListener("click", ({ currentTarget }) => this.#side(currentTarget));
    byId("compare-zoom").addEventListener("change", ({ target }) => this.parts.stage.style.setProperty("--zoom", target.value));
    this.parts.stage.addEventListener("pointermove", (event) => this.#look(event));
    preview.addEventListener("made", () => {
      for (const button of this.buttons) button.disabled = !isSteppable;
      this.#take();
    });
  }

  // "settings": those of now are A, and what is changed from now on is B; "source": A is the video.
  async start(against) {
    this.stop();
    this.against = against;
    this.kept = against === "settings" ? { blob: this.preview.blob, facts: this.preview.facts, text: this.address.now } : null;
    this.first = this.kept ? await Moving.of(this.kept.blob) : null;
    if (this.kept) this.#measure(this.kept);
    this.preview.more = [["score", "on"]];
    this.#shown(true);
    await this.#take();
    if (!this.kept) this.preview.refresh();
    this.#tick();
  }

  stop() {
    if (!this.against) return;
    this.against = "";
    for (const one of [this.first, this.second]) one?.close();
    this.first = this.second = this.kept = null;
    this.preview.more = [];
    this.#shown(false);
    this.preview.refresh();
  }

  back() {
    const { text } = this.kept ?? {};
    this.stop();
    if (text) this.address.restore(text);
  }

  async #measure(kept) {
    try {
      Object.assign(kept, await this.preview.measured());
      this.#tell();
    } catch (error) {
      if (!(error instanceof Refusal)) throw error; // its likeness stays unknown
    }
  }

  async #take() {
    if (!this.against) return;
    const next = await Moving.of(this.preview.blob);
    this.second?.close();
    this.second = next;
    this.#tell();
  }

  #tick() {
    if (!this.against || this.signal.aborted) return;
    const { start, length, head } = this.segment;
    const speed = Number(this.address.form.elements.speed?.value) || 1;
    const seconds = Math.min(Math.max(0, head - start), length) / speed;
    this.second?.draw(this.parts.b, seconds);
    if (this.first) this.first.draw(this.parts.a, seconds);
    else {
      const { video } = this.source;
      if (video.videoWidth) paint(this.parts.a, video, video.videoWidth, video.videoHeight);
    }
    requestAnimationFrame(() => this.#tick());
  }

  #tell() {
    if (!this.against) return;
    const a = this.kept?.facts;
    const rows = [
      [gettext("Bytes"), a ? bytes(a.size) : "–", bytes(this.preview.facts.size)],
      [pgettext("pixels", "Size"), a ? `${a.width}×${a.height}` : `${this.source.video.videoWidth}×${this.source.video.videoHeight}`, `${this.preview.facts.width}×${this.preview.facts.height}`],
      [gettext("Likeness (SSIM)"), a ? likeness(a.score) : "1", likeness(this.preview.facts.score)],
      [gettext("Worst moment"), a ? worst(a.score) : "–", worst(this.preview.facts.score)],
    ];
    this.parts.table.replaceChildren(...rows.map(([name, ...values]) => row(name, values)));
    document.getElementById("compare-a-name").textContent = this.kept ? gettext("A: before") : gettext("A: source");
  }

  #shown(yes) {
    this.parts.root.hidden = !yes;
    for (const layer of this.parts.layers) layer.hidden = !yes;
    this.parts.stage.classList.toggle("comparing", yes);
    for (const button of this.buttons) button.hidden = yes;
    document.getElementById("compare-back").hidden = !this.kept;
    this.#split(document.getElementById("compare-divider").value);
  }

  #split(percent) {
    this.parts.stage.style.setProperty("--split", `${percent}%`);
  }

  #side(button) {
    const beside = button.getAttribute("aria-pressed") !== "true";
    button.setAttribute("aria-pressed", String(beside));
    button.classList.toggle("active", beside);
    this.parts.stage.classList.toggle("beside", beside);
    document.getElementById("compare-divider").disabled = beside;
  }

  // What the pointer is over comes closer.
  #look(event) {
    const { left, top, width, height } = this.parts.stage.getBoundingClientRect();
    this.parts.stage.style.setProperty("--look", `${((event.clientX - left) / width) * 100}% ${((event.clientY - top) / height) * 100}%`);
  }
}

const likeness = (score) => (score ? score.mean.toFixed(4) : "…");
const worst = (score) => (score ? filled(gettext("%(worst)s at %(moment)s s"), { worst: score.worst.toFixed(4), moment: score.worst_at.toFixed(2) }) : "…");
const bytes = (number) => `${size(number)} (${grouped(number)})`;

function row(name, values) {
  const line = document.createElement("tr");
  const head = Object.assign(document.createElement("th"), { scope: "row", textContent: name });
  line.append(head, ...values.map((value) => Object.assign(document.createElement("td"), { className: "number", textContent: value })));
  return line;
}
