// The crop, drawn on the source: a box to draw, move and pull at its corners. Its numbers are the form's field.
const LEAST = 16; // pixels of the video

export class Crop {
  constructor(stage, film, field, changed) {
    Object.assign(this, { stage, film, field, changed, layer: stage.querySelector(".crop"), button: document.getElementById("crop-draw") });
    this.box = this.layer.firstElementChild;
    this.button.addEventListener("click", () => this.#draws(this.button.getAttribute("aria-pressed") !== "true"));
    this.layer.addEventListener("pointerdown", (event) => this.#grab(event));
    field.addEventListener("change", () => this.show());
    new ResizeObserver(() => this.show()).observe(stage);
    this.show();
  }

  // Left, top, width and height in pixels of the video; null when all of it is shown.
  get place() {
    const numbers = this.field.value.match(/^(\d+),(\d+),(\d+),(\d+)$/)?.slice(1).map(Number);
    if (numbers) return numbers;
    const aspect = this.field.value.match(/^(\d+):(\d+)$/)?.slice(1).map(Number);
    if (!aspect || !aspect[0] || !aspect[1]) return null;
    const { width, height } = this.film;
    const scale = Math.min(width / aspect[0], height / aspect[1]);
    const [wide, high] = aspect.map((side) => side * scale);
    return [(width - wide) / 2, (height - high) / 2, wide, high];
  }

  show() {
    const place = this.place;
    this.layer.hidden = !place && this.button.getAttribute("aria-pressed") !== "true";
    this.box.hidden = !place;
    if (!place) return;
    const { left, top, scale } = this.#picture();
    const [x, y, width, height] = place;
    const style = { left: left + x * scale, top: top + y * scale, width: width * scale, height: height * scale };
    for (const [name, value] of Object.entries(style)) this.box.style[name] = `${value}px`;
  }

  #draws(yes) {
    this.button.setAttribute("aria-pressed", String(yes));
    this.button.classList.toggle("active", yes);
    this.layer.classList.toggle("drawing", yes);
    this.show();
  }

  // Where the video's picture lies within the stage, and how many of its pixels are one of the screen's.
  #picture() {
    const { clientWidth, clientHeight } = this.stage;
    const scale = Math.min(clientWidth / this.film.width, clientHeight / this.film.height);
    return { left: (clientWidth - this.film.width * scale) / 2, top: (clientHeight - this.film.height * scale) / 2, scale };
  }

  #at(event) {
    const { left, top, scale } = this.#picture();
    const box = this.stage.getBoundingClientRect();
    const within = (value, most) => Math.min(most, Math.max(0, value));
    return [within((event.clientX - box.left - left) / scale, this.film.width), within((event.clientY - box.top - top) / scale, this.film.height)];
  }

  // A corner is pulled, the box is moved, or a new one is drawn.
  #grab(event) {
    if (event.button !== 0 || this.button.getAttribute("aria-pressed") !== "true") return;
    event.preventDefault();
    this.layer.setPointerCapture(event.pointerId);
    const from = this.#at(event);
    const corner = event.target.dataset.corner;
    const before = this.place;
    const anchor = corner && before ? [before[0] + (corner.includes("w") ? before[2] : 0), before[1] + (corner.includes("n") ? before[3] : 0)] : from;
    const moves = !corner && event.target === this.box;
    const follow = (moved) => {
      const to = this.#at(moved);
      this.#set(moves ? this.#moved(before, to[0] - from[0], to[1] - from[1]) : between(anchor, to));
    };
    const drop = () => {
      this.layer.removeEventListener("pointermove", follow);
      for (const end of ["pointerup", "pointercancel"]) this.layer.removeEventListener(end, drop);
      if (this.place && Math.min(this.place[2], this.place[3]) < LEAST) this.field.value = ""; // a click: all of it
      this.show();
      this.changed();
    };
    this.layer.addEventListener("pointermove", follow);
    for (const end of ["pointerup", "pointercancel"]) this.layer.addEventListener(end, drop);
  }

  #moved([x, y, width, height], right, down) {
    const within = (value, most) => Math.min(most, Math.max(0, value));
    return [within(x + right, this.film.width - width), within(y + down, this.film.height - height), width, height];
  }

  // Even numbers, which every video's colours can be cut at.
  #set(place) {
    this.field.value = place.map((value) => 2 * Math.floor(value / 2)).join(",");
    this.show();
  }
}

function between([x, y], [toX, toY]) {
  return [Math.min(x, toX), Math.min(y, toY), Math.abs(toX - x), Math.abs(toY - y)];
}
