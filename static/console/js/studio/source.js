// The source, playing in the chosen loop; where the browser can't play it, a light copy of the piece around it does.
import { Refusal } from "./ask.js";

const EVERY = 400; // ms between two questions how far a copy is

export class Source {
  // `copy` makes a light copy of some seconds, and tells how far that is.
  constructor(root, segment, copy) {
    Object.assign(this, { root, segment, copy, offset: 0, until: Infinity, proxied: false });
    this.video = root.querySelector("video");
    this.note = root.querySelector("[data-note]");
    this.bar = root.querySelector("progress");
    this.button = document.getElementById("play");
    this.video.addEventListener("error", () => this.#fallBack());
    this.video.addEventListener("loadedmetadata", () => this.#show());
    for (const kind of ["play", "pause"]) this.video.addEventListener(kind, () => this.#playing());
    segment.addEventListener("change", () => this.#cover());
    segment.addEventListener("seek", () => this.#show());
    this.button.addEventListener("click", () => this.toggle());
    if (root.dataset.playable === "yes" && !this.video.error) this.#begin();
    else this.#fallBack();
  }

  get playing() {
    return !this.video.paused;
  }

  toggle() {
    this.playing ? this.pause() : this.play();
  }

  pause() {
    this.video.pause();
  }

  play() {
    if (this.segment.head < this.segment.start || this.segment.head >= this.segment.end - this.segment.frame) this.segment.seek(this.segment.start);
    const speed = Number(this.root.closest("form").elements.speed?.value) || 1;
    this.video.playbackRate = Math.min(4, Math.max(0.25, speed));
    this.video.play().catch(() => {});
  }

  #begin() {
    if (this.video.readyState) this.#show();
    if (!matchMedia("(prefers-reduced-motion: reduce)").matches) this.play();
  }

  #show() {
    const at = Math.max(0, this.segment.head - this.offset);
    if (this.video.readyState && Math.abs(this.video.currentTime - at) > this.segment.frame / 4) this.video.currentTime = at + 0.001;
  }

  #playing() {
    this.button.setAttribute("aria-pressed", String(this.playing));
    this.button.querySelector("i").className = `bi bi-${this.playing ? "pause-fill" : "play-fill"}`;
    if (this.playing) requestAnimationFrame(() => this.#loop());
  }

  // The head goes where the video is; at the end of the loop the video goes back to its beginning.
  #loop() {
    if (!this.playing) return;
    const { start, end, frame } = this.segment;
    const now = this.video.currentTime + this.offset;
    if (!this.video.seeking) {
      if (now >= end - frame / 4 || now < start - 2 * frame || this.video.ended) this.video.currentTime = start - this.offset + 0.001;
      this.segment.head = Math.min(Math.max(now, 0), this.segment.duration);
      this.segment.dispatchEvent(new Event("tick"));
    }
    requestAnimationFrame(() => this.#loop());
  }

  #fallBack() {
    if (this.proxied) return this.#say(gettext("This video can't be shown here. The preview beside it is made of it all the same."));
    this.proxied = true;
    this.offset = this.until = 0;
    this.#cover();
  }

  #cover() {
    if (!this.proxied || (this.segment.start >= this.offset && this.segment.end <= this.until)) return;
    clearTimeout(this.waiting);
    this.waiting = setTimeout(() => this.#fetch(), 300);
  }

  async #fetch() {
    this.#say(gettext("Your browser can't play this video: a light copy is being made…"));
    const asking = setInterval(() => this.#follow(), EVERY);
    try {
      const { start, end, url } = await this.copy.make(this.segment.start, this.segment.end);
      Object.assign(this, { offset: start, until: end });
      this.root.dataset.proxy = "yes";
      this.video.src = url;
      this.#say("");
      this.#begin();
    } catch (error) {
      if (error.name === "AbortError") return;
      if (!(error instanceof Refusal)) throw error;
      this.#say(error.message);
    } finally {
      clearInterval(asking);
      this.bar.hidden = true;
    }
  }

  async #follow() {
    try {
      const { percent } = await this.copy.progress();
      Object.assign(this.bar, { value: percent, hidden: !percent || this.note.hidden });
    } catch (error) {
      if (!(error instanceof Refusal) && error.name !== "AbortError") throw error; // the copy itself says what is wrong
    }
  }

  #say(text) {
    this.note.textContent = text;
    this.note.hidden = !text;
  }
}
