// The filmstrip: tiles of the video, its cuts, two handles and a play head, for mouse, touch and keyboard.
import { clock } from "./seconds.js";

const SNAP = 9; // pixels
const CLOSEST = 8; // frames that the view shows at least

export class Strip {
  constructor(root, segment, film) {
    Object.assign(this, { root, segment, film, from: 0, to: segment.duration });
    this.canvas = root.querySelector("canvas");
    this.sheet = new Image();
    this.sheet.onload = () => this.draw();
    this.sheet.src = film.url;
    this.parts = Object.fromEntries([...root.querySelectorAll("[data-part]")].map((part) => [part.dataset.part, part]));
    this.#handle(this.parts.start, (seconds) => segment.moveStart(seconds), () => segment.start);
    this.#handle(this.parts.end, (seconds) => segment.moveEnd(seconds), () => segment.end);
    this.#handle(this.parts.head, (seconds) => segment.seek(seconds), () => segment.head);
    this.#grip();
    root.addEventListener("pointerdown", (event) => {
      if (event.target === this.canvas || event.target.matches("[data-shade]")) this.#drag(event, this.parts.head, (seconds) => segment.seek(seconds), 0);
    });
    root.addEventListener("wheel", (event) => this.#wheel(event), { passive: false });
    for (const kind of ["change", "seek"]) segment.addEventListener(kind, () => this.place());
    new ResizeObserver(() => this.draw()).observe(root);
  }

  // By a factor, around a moment that stays where it is; below 1 it comes closer.
  zoom(factor, around = this.segment.head) {
    const span = Math.min(this.segment.duration, Math.max(CLOSEST * this.segment.frame, (this.to - this.from) * factor));
    const share = Math.min(1, Math.max(0, (around - this.from) / (this.to - this.from)));
    this.show(around - share * span, around + (1 - share) * span);
  }

  show(from, to) {
    const span = Math.min(this.segment.duration, to - from);
    this.from = Math.min(Math.max(0, from), this.segment.duration - span);
    this.to = this.from + span;
    this.draw();
  }

  draw() {
    const { width, height } = this.root.getBoundingClientRect();
    if (!width || !this.sheet.complete) return;
    const scale = devicePixelRatio;
    this.canvas.width = width * scale;
    this.canvas.height = height * scale;
    const paint = this.canvas.getContext("2d");
    paint.scale(scale, scale);
    const { tile_width: tileWidth, tile_height: tileHeight, columns, times } = this.film;
    const slot = Math.max(24, (height * tileWidth) / tileHeight);
    for (let x = 0; x < width; x += slot) {
      const number = nearest(times, this.#secondsAt(x + slot / 2, width));
      const [left, top] = [(number % columns) * tileWidth, Math.floor(number / columns) * tileHeight];
      const shown = Math.min(slot, width - x) / slot;
      paint.drawImage(this.sheet, left, top, tileWidth * shown, tileHeight, x, 0, slot * shown, height);
    }
    paint.fillStyle = "#fff";
    paint.strokeStyle = "rgba(0, 0, 0, 0.75)";
    for (const cut of this.segment.cuts) {
      const x = this.#xOf(cut, width);
      paint.beginPath();
      paint.moveTo(x - 5, 0);
      paint.lineTo(x + 5, 0);
      paint.lineTo(x, 8);
      paint.closePath();
      paint.fill();
      paint.stroke();
    }
    this.place();
  }

  place() {
    const { width } = this.root.getBoundingClientRect();
    const { start, end, head, duration } = this.segment;
    const [left, right, middle] = [start, end, head].map((seconds) => Math.min(width, Math.max(0, this.#xOf(seconds, width))));
    for (const [name, x, seconds] of [["start", left, start], ["end", right, end], ["head", middle, head]]) {
      const part = this.parts[name];
      part.style.left = `${x}px`;
      part.classList.toggle("beyond", seconds < this.from - 1e-6 || seconds > this.to + 1e-6);
      part.setAttribute("aria-valuemax", duration.toFixed(3));
      part.setAttribute("aria-valuenow", seconds.toFixed(3));
      part.setAttribute("aria-valuetext", clock(seconds));
    }
    this.parts.before.style.width = `${left}px`;
    this.parts.after.style.left = `${right}px`;
    this.parts.loop.style.left = `${left}px`;
    this.parts.loop.style.width = `${right - left}px`;
  }

  #xOf(seconds, width) {
    return ((seconds - this.from) / (this.to - this.from)) * width;
  }

  #secondsAt(x, width) {
    return this.from + (x / width) * (this.to - this.from);
  }

  #handle(part, move, now) {
    part.addEventListener("pointerdown", (event) => this.#drag(event, part, move, now() - this.#pointed(event)));
    part.addEventListener("keydown", (event) => {
      const to = this.#keyed(event, now());
      if (to === null) return;
      event.preventDefault();
      event.stopPropagation();
      move(to);
      if (part !== this.parts.head) this.segment.seek(part === this.parts.end ? now() - this.segment.frame : now());
      this.#follow(now());
      this.root.dispatchEvent(new CustomEvent("settled"));
    });
  }

  #grip() {
    const { grip } = this.parts;
    grip.addEventListener("pointerdown", (event) => {
      this.#drag(event, grip, (seconds) => this.segment.moveTo(seconds), this.segment.start - this.#pointed(event));
    });
  }

  // Follows the pointer until it is let go; `offset` is how far from the moved moment it took hold.
  #drag(event, part, move, offset) {
    if (event.button !== 0) return;
    event.preventDefault();
    part.focus?.();
    part.setPointerCapture(event.pointerId);
    this.root.dispatchEvent(new CustomEvent("grabbed", { detail: part.dataset.part }));
    const follow = (moved) => {
      const seconds = this.#pointed(moved) + offset;
      const within = moved.altKey ? 0 : ((this.to - this.from) * SNAP) / this.root.clientWidth;
      move(part === this.parts.head ? seconds : this.segment.snapped(seconds, within));
      if (part === this.parts.start || part === this.parts.grip) this.segment.seek(this.segment.start);
      if (part === this.parts.end) this.segment.seek(this.segment.end - this.segment.frame);
    };
    const drop = () => {
      part.removeEventListener("pointermove", follow);
      for (const end of ["pointerup", "pointercancel"]) part.removeEventListener(end, drop);
      this.root.dispatchEvent(new CustomEvent("settled", { detail: part.dataset.part }));
    };
    part.addEventListener("pointermove", follow);
    for (const end of ["pointerup", "pointercancel"]) part.addEventListener(end, drop);
    if (part === this.parts.head) follow(event);
  }

  #pointed(event) {
    const { left, width } = this.root.getBoundingClientRect();
    return this.#secondsAt(Math.min(width, Math.max(0, event.clientX - left)), width);
  }

  #keyed(event, now) {
    const step = event.shiftKey ? 1 : this.segment.frame;
    const steps = { ArrowLeft: -step, ArrowDown: -step, ArrowRight: step, ArrowUp: step };
    if (event.ctrlKey || event.metaKey || event.altKey) return null;
    if (event.key in steps) return now + steps[event.key];
    if (event.key === "Home") return 0;
    if (event.key === "End") return this.segment.duration;
    if (event.key === "PageUp") return this.segment.cutFrom(now, 1);
    if (event.key === "PageDown") return this.segment.cutFrom(now, -1);
    return null;
  }

  #follow(seconds) {
    if (seconds < this.from || seconds > this.to) {
      const span = this.to - this.from;
      this.show(seconds - span / 2, seconds + span / 2);
    }
  }

  #wheel(event) {
    const span = this.to - this.from;
    if (event.ctrlKey) this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.#pointed(event));
    else if (span < this.segment.duration - 1e-6 && (event.shiftKey || event.deltaX)) {
      const moved = ((event.deltaX || event.deltaY) / this.root.clientWidth) * span;
      this.show(this.from + moved, this.to + moved);
    } else return;
    event.preventDefault();
  }
}

function nearest(times, seconds) {
  let number = 0;
  while (number + 1 < times.length && times[number + 1] <= seconds) number++;
  return number;
}
