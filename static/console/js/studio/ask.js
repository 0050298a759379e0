// Asking the server for something of the studio: a form in, JSON or a picture out.
export class Refusal extends Error {
  constructor({ refusal, mistakes = {}, kind = "" }, status) {
    super(refusal);
    Object.assign(this, { mistakes, kind, status });
  }
}

const TRIES = 4;
const token = document.querySelector("meta[name=csrf-token]").content;

// The answer; 503 is tried again after a moment. Raises Refusal, or AbortError when `signal` says so.
export async function ask(url, fields, { signal } = {}) {
  for (let attempt = 1; ; attempt++) {
    const answer = await fetch(url, { method: "POST", body: new URLSearchParams(fields), headers: { "X-CSRFToken": token }, signal });
    if (answer.ok) return answer;
    const said = await answer.json().catch(() => ({ refusal: gettext("The server doesn't answer as it should. Reload the page.") }));
    if (answer.status !== 503 || said.kind !== "EngineBusy" || attempt === TRIES) throw new Refusal(said, answer.status);
    await new Promise((done) => setTimeout(done, 700 * attempt));
    signal?.throwIfAborted();
  }
}
