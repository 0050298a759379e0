// The studio in whatever page or dialog it is: a piece of a video is chosen and seen as the picture that it will be.
import { speak } from "../speak.js";
import { offer } from "./actions.js";
import { Address } from "./address.js";
import { ask, Refusal } from "./ask.js";
import { Compare } from "./compare.js";
import { Crop } from "./crop.js";
import { Moments } from "./moments.js";
import { Preview } from "./preview.js";
import { clock, parse, typed } from "./seconds.js";
import { Segment } from "./segment.js";
import { Source } from "./source.js";
import { Strip } from "./strip.js";
import { filled } from "../texts.js";

// `isPage`: its state is the page's address. `signal` ends it. What it answers has the form's fields.
export function openStudio(form, { isPage, signal }) {
  const address = new Address(form, { isPage, signal });
  const preview = new Preview(form, () => address.sent(), signal);
  const changed = () => {
    if (address.commit()) preview.refresh();
  };
  offer(form, () => address.sent());
  form.addEventListener("change", changed);
  form.addEventListener("submit", (event) => event.preventDefault());
  begin({ form, address, preview, changed, signal }).catch((error) => {
    if (!(error instanceof Refusal)) throw error;
    document.getElementById("strip-wait").textContent = error.message;
  });
  return address;
}

async function begin({ form, address, preview, changed, signal }) {
  const media = form.elements.media.value;
  const film = await (await ask(form.dataset.filmstrip, { media })).json();
  if (signal.aborted) return;
  const inputs = { start: form.elements.start, end: form.elements.end };
  const segment = new Segment(film);
  segment.resolve(parse(inputs.start.value) || 0, parse(inputs.end.value) || 0);
  segment.head = segment.start;
  document.getElementById("timeline").hidden = false;
  document.getElementById("strip-wait").hidden = true;
  const strip = new Strip(document.getElementById("strip"), segment, film);
  const source = new Source(document.getElementById("source"), segment, {
    make: async (start, end) => (await ask(form.dataset.proxy, { media, start, end, pane: preview.pane }, { signal })).json(),
    progress: async () => (await ask(form.dataset.proxyProgress, { media, pane: preview.pane }, { signal })).json(),
  });
  new Compare(preview, { segment, source, address, signal });
  const chosen = () => {
    source.play();
    changed();
  };
  new Moments(form, { segment, fields: () => address.sent(), pane: preview.pane, chosen });
  const crop = new Crop(source.root, film, form.elements.crop, changed);
  address.addEventListener("restored", () => crop.show());
  follow({ form, inputs, address, preview, changed, segment, strip, source });
}

function follow({ form, inputs, address, preview, changed, segment, strip, source }) {
  let resumes = false;
  const told = document.getElementById("length");
  const tell = () => (told.textContent = filled(gettext("%(length)s of %(whole)s"), { length: clock(segment.length), whole: clock(segment.duration) }));
  const head = document.getElementById("head-time");
  const tellHead = () => (head.textContent = clock(segment.head));

  segment.addEventListener("change", () => {
    inputs.start.value = typed(segment.start);
    inputs.end.value = typed(segment.end);
    for (const input of Object.values(inputs)) input.setCustomValidity("");
    tell();
  });
  segment.addEventListener("seek", tellHead);
  segment.addEventListener("tick", () => {
    strip.place();
    tellHead();
  });
  strip.root.addEventListener("grabbed", () => {
    resumes = source.playing;
    source.pause();
  });
  strip.root.addEventListener("settled", ({ detail }) => {
    if (resumes && detail !== "head") {
      segment.seek(segment.start);
      source.play();
    }
    resumes = false;
    changed();
  });

  for (const input of Object.values(inputs)) {
    input.addEventListener("change", () => {
      const [start, end] = [parse(inputs.start.value), parse(inputs.end.value)];
      const sound = Number.isFinite(start) && Number.isFinite(end) && segment.resolve(start, end);
      input.setAttribute("aria-invalid", String(!sound));
      if (sound) segment.seek(input === inputs.end ? segment.end - segment.frame : segment.start);
    });
  }
  address.addEventListener("restored", () => {
    segment.resolve(parse(inputs.start.value) || 0, parse(inputs.end.value) || 0);
    segment.seek(segment.start);
    speak(filled(gettext("From %(start)s to %(end)s"), { start: clock(segment.start), end: clock(segment.end) }));
    preview.refresh();
  });

  const acts = {
    in: () => segment.moveStart(segment.head),
    out: () => segment.moveEnd(segment.head + segment.frame),
    back: () => (source.pause(), segment.seek(segment.head - segment.frame)),
    on: () => (source.pause(), segment.seek(segment.head + segment.frame)),
    closer: () => strip.zoom(0.5),
    farther: () => strip.zoom(2),
    loop: () => strip.show(segment.start - segment.length / 4, segment.end + segment.length / 4),
    whole: () => strip.show(0, segment.duration),
    play: () => source.toggle(),
  };
  const act = (name) => {
    acts[name]();
    if (name === "in" || name === "out") changed();
  };
  for (const button of form.querySelectorAll("[data-act]")) button.addEventListener("click", () => act(button.dataset.act));
  const keys = { i: "in", o: "out", " ": "play", "+": "closer", "-": "farther", ",": "back", ".": "on" };
  form.querySelector("[data-keys]").addEventListener("keydown", (event) => {
    const name = keys[event.key.toLowerCase()];
    if (!name || event.ctrlKey || event.metaKey || event.altKey || event.target.matches("input")) return;
    if (event.key === " " && event.target.matches("button")) return;
    event.preventDefault();
    act(name);
  });
  tell();
  tellHead();
  strip.draw();
  preview.refresh();
}
