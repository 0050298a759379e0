// Bytes as people say them.
import { filled, locale } from "./texts.js";

const digits = { minimumFractionDigits: 1, maximumFractionDigits: 1 };

export function size(bytes) {
  if (bytes < 1024) return filled(ngettext("%(number)s byte", "%(number)s bytes", bytes), { number: bytes });
  const units = ["KB", "MB", "GB", "TB"];
  const step = Math.min(units.length, Math.floor(Math.log2(bytes) / 10));
  return `${(bytes / 1024 ** step).toLocaleString(locale, digits)} ${units[step - 1]}`;
}
