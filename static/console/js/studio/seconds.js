// Seconds as people type them and as pages write them: console/words/offsets.py, for what must answer at once.
import { filled } from "../texts.js";
const NUMBER = String.raw`\d+(?:\.\d+)?`;
const FORMS = [
  new RegExp(`^(${NUMBER})s?$`),
  new RegExp(`^(?:(\\d+):)?(\\d+):(${NUMBER})$`),
  new RegExp(`^(?=\\d)(?:(\\d+)h)?(?:(\\d+)m)?(?:(${NUMBER})s)?$`),
];

// NaN for what is no time; "" is 0.
export function parse(text) {
  let plain = text.replaceAll(" ", "").replaceAll("−", "-").replaceAll(",", ".").toLowerCase();
  if (!plain) return 0;
  const sign = plain.startsWith("-") ? -1 : 1;
  if (sign < 0) plain = plain.slice(1);
  const found = FORMS.map((form) => plain.match(form)).find(Boolean);
  return found ? sign * found.slice(1).reduce((sum, part) => sum * 60 + Number(part ?? 0), 0) : NaN;
}

// As short as it can be typed, exact to a thousandth.
export const typed = (seconds) => String(Number(seconds.toFixed(3)));

export function clock(seconds) {
  const hundredths = Math.round(seconds * 100);
  if (hundredths < 6000) return filled(gettext("%(number)s s"), { number: (hundredths / 100).toFixed(2) });
  const whole = Math.floor(hundredths / 100);
  const two = (number) => String(number).padStart(2, "0");
  const head = whole >= 3600 ? `${Math.floor(whole / 3600)}:${two(Math.floor(whole / 60) % 60)}` : Math.floor(whole / 60);
  const rest = hundredths % 100;
  return `${head}:${two(whole % 60)}${rest ? `.${two(rest)}` : ""}`;
}
