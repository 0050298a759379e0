// The seconds that are chosen of a video, and where its play head stands. Tells "change" of the former, "seek" of the latter.
export class Segment extends EventTarget {
  constructor({ duration, rate, cuts = [] }) {
    super();
    Object.assign(this, { duration, rate, cuts, start: 0, end: duration, head: 0 });
  }

  get frame() {
    return 1 / this.rate;
  }

  get length() {
    return this.end - this.start;
  }

  // Offsets as an order has them: 0 is the beginning or the end, and what is negative counts from the end.
  resolve(start, end) {
    const place = (offset, zero) => (offset === 0 ? zero : offset > 0 ? offset : this.duration + offset);
    const first = Math.min(Math.max(0, place(start, 0)), this.duration - this.frame);
    const last = Math.min(place(end, this.duration), this.duration);
    if (last <= first) return false;
    this.#set(first, last);
    return true;
  }

  moveStart(seconds) {
    this.#set(Math.min(Math.max(0, this.#onFrame(seconds)), this.end - this.frame), this.end);
  }

  moveEnd(seconds) {
    this.#set(this.start, Math.max(Math.min(this.duration, this.#onFrame(seconds)), this.start + this.frame));
  }

  // Both ends together, as long as they are.
  moveTo(start) {
    const first = Math.min(Math.max(0, this.#onFrame(start)), this.duration - this.length);
    this.#set(first, first + this.length);
  }

  seek(seconds) {
    this.head = Math.min(Math.max(0, seconds), Math.max(0, this.duration - this.frame));
    this.dispatchEvent(new Event("seek"));
  }

  // The nearest cut that is no further away than `within` seconds, else the moment itself.
  snapped(seconds, within) {
    const near = this.cuts.filter((cut) => Math.abs(cut - seconds) <= within);
    return near.sort((a, b) => Math.abs(a - seconds) - Math.abs(b - seconds))[0] ?? seconds;
  }

  // The next cut in a direction, else the beginning or the end.
  cutFrom(seconds, direction) {
    const places = [0, ...this.cuts, this.duration].filter((cut) => (cut - seconds) * direction > this.frame / 2);
    return direction > 0 ? Math.min(...places, this.duration) : Math.max(...places, 0);
  }

  #onFrame(seconds) {
    return seconds >= this.duration ? this.duration : Math.round(seconds * this.rate) / this.rate;
  }

  #set(start, end) {
    if (start === this.start && end === this.end) return;
    Object.assign(this, { start, end });
    this.dispatchEvent(new Event("change"));
  }
}
