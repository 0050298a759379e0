// Texts in the page's language: gettext, ngettext and interpolate come with the page's own file of texts.
const spoken = document.documentElement.lang;

// The reader's own kind of it ("en-GB"), if their browser names one: for dates and numbers.
export const locale = navigator.languages.find((one) => one.toLowerCase().split("-")[0] === spoken.split("-")[0]) ?? spoken;

// "%(name)s is there" with { name }.
export const filled = (text, values) => interpolate(text, values, true);

export const grouped = (number) => number.toLocaleString(locale);
