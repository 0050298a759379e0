// The form's state, on a page in its address, so that a link reopens it; and the way back through its changes.
const MOST = 200;

export class Address extends EventTarget {
  constructor(form, { isPage, signal }) {
    super();
    Object.assign(this, { form, isPage, past: [], future: [] });
    this.now = this.text();
    this.#buttons();
    for (const [id, step] of [["undo", () => this.undo()], ["redo", () => this.redo()]]) document.getElementById(id).addEventListener("click", step);
    document.addEventListener("keydown", (event) => {
      const typing = event.target.matches("input:not([type=radio], [type=checkbox], [type=range]), textarea, select");
      if (!(event.ctrlKey || event.metaKey) || event.key.toLowerCase() !== "z" || typing) return;
      event.preventDefault();
      event.shiftKey ? this.redo() : this.undo();
    }, { signal });
  }

  // Every field by its name; a switch is on or off.
  fields() {
    const named = [...this.form.elements].filter((one) => one.name && one.name !== "csrfmiddlewaretoken" && !one.disabled);
    const kept = named.filter((one) => one.type !== "radio" || one.checked);
    return kept.map((one) => [one.name, one.type === "checkbox" ? (one.checked ? "on" : "off") : one.value]);
  }

  // As a form sends them: what is off isn't sent.
  sent() {
    return this.fields().filter(([, value]) => value !== "off");
  }

  text() {
    return new URLSearchParams(this.fields().filter(([, value]) => value !== "")).toString();
  }

  // To be called when a change is complete; whether there was one.
  commit() {
    const text = this.text();
    if (text === this.now) return false;
    this.past = [...this.past, this.now].slice(-MOST);
    this.future = [];
    this.#go(text);
    return true;
  }

  undo() {
    if (this.past.length) this.#return(this.past, this.future);
  }

  redo() {
    if (this.future.length) this.#return(this.future, this.past);
  }

  // Another state, as a change that can be undone.
  restore(text) {
    this.past.push(this.now);
    this.future = [];
    this.#fill(text);
  }

  #return(from, to) {
    to.push(this.now);
    this.#fill(from.pop());
  }

  #fill(text) {
    const values = new URLSearchParams(text);
    for (const one of this.form.elements) {
      if (!one.name || one.name === "csrfmiddlewaretoken") continue;
      if (one.type === "radio") one.checked = values.get(one.name) === one.value;
      else if (one.type === "checkbox") one.checked = values.get(one.name) === "on";
      else one.value = values.get(one.name) ?? "";
    }
    this.#go(text);
    this.dispatchEvent(new Event("restored"));
  }

  #go(text) {
    this.now = text;
    if (this.isPage) history.replaceState(null, "", `?${text}`);
    this.#buttons();
  }

  #buttons() {
    document.getElementById("undo").disabled = !this.past.length;
    document.getElementById("redo").disabled = !this.future.length;
  }
}
