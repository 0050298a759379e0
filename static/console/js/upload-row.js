// One file on its way: its row on the page and its tus upload. States: ready → queued → sending ⇄ paused → done; what failed may be sent again, what was refused may not.
import { ask } from "./dialogs.js";
import { size } from "./size.js";
import { filled } from "./texts.js";

const RETRY_DELAYS = [0, 1000, 3000, 5000, 10000, 20000];
const AGAIN_AFTER = 15_000; // a line that stays away longer than those is looked for so often,
const AGAIN_TIMES = 480; // for two hours
const CHUNK = 64 * 1024 * 1024; // one request's share: a proxy may cap bodies, and a lost one costs little

export class UploadRow {
  constructor(file, { page, wanted, changed }) {
    this.file = file;
    this.page = page;
    this.changed = changed;
    this.element = document.getElementById("upload-row").content.cloneNode(true).firstElementChild;
    this.part("name").textContent = file.name;
    this.part("size").textContent = size(file.size);
    this.part("bar").setAttribute("aria-label", filled(gettext("Upload of %(name)s"), { name: file.name }));
    this.part("pause").addEventListener("click", () => this.pause());
    this.part("resume").addEventListener("click", () => this.enqueue());
    this.part("cancel").addEventListener("click", () => this.askToCancel());
    this.part("rename").value = file.name.replace(/\.[^.]*$/, "").slice(0, 64);
    this.part("rename").setAttribute("aria-label", filled(gettext("Name of %(name)s"), { name: file.name }));
    this.part("class").setAttribute("aria-label", filled(gettext("Category of %(name)s"), { name: file.name }));
    this.part("class").addEventListener("change", () => (this.ownClass = true));
    this.sent = 0;
    this.lost = 0;
    this.want(wanted);
    document.getElementById("uploads").append(this.element);
    const refusal = this.refusal();
    this.say(refusal);
    this.enter(refusal ? "refused" : "ready");
  }

  // What the server would refuse after the first byte, said before it.
  refusal() {
    const extension = this.file.name.includes(".") ? this.file.name.split(".").pop().toLowerCase() : "";
    if (!this.page.dataset.types.split(" ").includes(extension)) {
      return filled(gettext("“%(name)s” is not of a type that can be uploaded."), { name: this.file.name });
    }
    return this.file.size ? "" : gettext("This file is empty: it has 0 bytes.");
  }

  get isReady() { return this.state === "ready"; }
  get isQueued() { return this.state === "queued"; }
  get isBusy() { return this.state === "sending"; }
  get isDone() { return this.state === "done"; }
  get counts() { return this.isReady || this.isQueued || this.isBusy || this.isDone || ["paused", "failed"].includes(this.state); }

  part(name) { return this.element.querySelector(`[data-${name}]`); }

  say(text) { this.part("said").textContent = text; }

  want({ procedure, classId }) {
    this.procedure = procedure;
    if (!this.ownClass) this.part("class").value = classId;
    this.part("flow").textContent = procedure ? filled(gettext("Task flow: %(name)s"), { name: procedure }) : gettext("No processing");
  }

  get metadata() {
    const extension = this.file.name.slice(this.file.name.lastIndexOf("."));
    const name = this.part("rename").value.trim();
    const told = { filename: name ? name + extension : this.file.name };
    if (this.procedure) told.procedure = this.procedure;
    if (this.part("class").value) told.class_id = this.part("class").value;
    return told;
  }

  enter(state) {
    this.state = this.element.dataset.state = state;
    this.part("fields").hidden = state !== "ready";
    if (!["ready", "refused"].includes(state)) this.part("name").textContent = this.metadata.filename;
    this.part("pause").hidden = state !== "sending";
    this.part("resume").hidden = !["paused", "failed"].includes(state);
    this.part("cancel").hidden = state === "done";
    this.changed();
  }

  enqueue() {
    this.say(gettext("Waiting for its turn"));
    this.enter("queued");
  }

  async send() {
    this.enter("sending");
    this.say(gettext("Starting…"));
    this.upload ??= await this.prepare();
    // To tus a refused question after an upload means that it is gone, and it would begin anew.
    if (this.goesOn && !(await renewToken())) return this.askToSignIn();
    if (this.isBusy) this.upload.start();
  }

  async prepare() {
    const upload = new tus.Upload(this.file, {
      endpoint: this.page.dataset.endpoint,
      metadata: this.metadata,
      chunkSize: CHUNK,
      retryDelays: RETRY_DELAYS,
      removeFingerprintOnSuccess: true,
      onBeforeRequest: (request) => request.setHeader("X-CSRFToken", token()),
      onAfterResponse: (_, response) => (this.fileId = response.getHeader("Zoetrope-File-Id") || this.fileId),
      onProgress: (sent, total) => this.progress(sent, total),
      onSuccess: () => this.done(),
      onError: (error) => this.fail(error),
    });
    const [previous] = await upload.findPreviousUploads();
    if (previous) upload.resumeFromPreviousUpload(previous);
    this.goesOn = Boolean(previous);
    return upload;
  }

  progress(sent, total) {
    this.renewed = false;
    this.goesOn = true;
    this.lost = 0;
    this.sent = sent;
    const percent = Math.floor((100 * sent) / total);
    this.part("bar").value = percent;
    if (this.isBusy) this.say(filled(gettext("%(percent)s % · %(sent)s of %(total)s"), { percent, sent: size(sent), total: size(total) }));
  }

  async pause() {
    this.say(gettext("Paused. Nothing that has arrived is lost."));
    await this.upload?.abort();
    this.enter("paused");
  }

  // What has arrived would be thrown away; a file that only waits goes at once.
  askToCancel() {
    if (!this.upload?.url) return this.cancel();
    const title = filled(gettext("Remove %(name)s?"), { name: this.file.name });
    ask({ title, body: gettext("What has arrived so far is thrown away."), action: gettext("Remove"), then: () => this.cancel() });
  }

  async cancel() {
    this.enter("cancelled");
    this.element.remove();
    await this.upload?.abort(true).catch(() => {});
  }

  async fail(error) {
    if (this.state === "cancelled") return;
    if ([401, 403].includes(error.originalResponse?.getStatus())) {
      if (!(await renewToken())) return this.askToSignIn();
      if (!this.renewed) {
        this.renewed = true;
        return this.enqueue();
      }
    }
    this.say(await reason(error, this.page.dataset.told));
    this.enter(isRefused(error) ? "refused" : "failed");
    if (isAway(error)) this.waitForTheLine();
  }

  waitForTheLine() {
    if (this.lost++ >= AGAIN_TIMES) return;
    this.say(gettext("The connection is lost. It goes on by itself when it is back."));
    this.waiting = setTimeout(() => this.lineIsBack(), AGAIN_AFTER);
  }

  lineIsBack() {
    if (this.state !== "failed" || !this.lost) return;
    clearTimeout(this.waiting);
    this.enqueue();
  }

  askToSignIn() {
    const link = document.createElement("a");
    Object.assign(link, { href: this.page.dataset.signIn, target: "_blank", textContent: gettext("Sign in again (new tab)") });
    // The link stands where the translation wants it.
    const [before, after] = gettext("Your session has ended; nothing that has arrived is lost. %(link)s, then press Resume.").split("%(link)s");
    this.part("said").replaceChildren(before, link, after);
    this.enter("failed");
  }

  done() {
    this.part("bar").value = 100;
    this.sent = this.file.size;
    this.say(gettext("Uploaded"));
    const link = this.part("link");
    link.href = `${this.page.dataset.mediaPage}/${this.fileId}`;
    link.hidden = false;
    this.enter("done");
    if (this.procedure) htmx.ajax("GET", link.href, { target: this.part("task"), select: `#images-${this.fileId}` });
  }
}

const token = () => document.querySelector("meta[name=csrf-token]").content;

// Somebody who signed in again has another token than this page: fetch it. False for nobody; offline nothing is known.
async function renewToken() {
  const answer = await fetch(location.href).catch(() => null);
  if (!answer) return true;
  const page = answer.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!page?.getElementById("uploader")) return false;
  const [ours, theirs] = [document, page].map((one) => one.querySelector("meta[name=csrf-token]"));
  ours.content = theirs.content;
  return true;
}

// What the server won't take however often it is sent.
function isRefused(error) {
  return [400, 403, 404, 410, 413].includes(error.originalResponse?.getStatus());
}

// Nobody answered, or somebody before the server did.
function isAway(error) {
  return !error.originalResponse || error.originalResponse.getStatus() >= 502;
}

// The sentence of the server's problem details, in the page's language, if it answered at all.
async function reason(error, translator) {
  const body = error.originalResponse?.getBody();
  if (body === undefined) return gettext("The connection is lost. Resume when it is back.");
  try {
    return await told(JSON.parse(body).detail, translator);
  } catch {
    return gettext("The server could not take the file. Try to resume.");
  }
}

// What programs hear is English; the console knows it in the reader's language. As it is, if nobody answers.
async function told(said, translator) {
  if (!translator) return said;
  const answer = await fetch(translator, { method: "POST", body: new URLSearchParams({ said }), headers: { "X-CSRFToken": token() } }).catch(() => null);
  return answer?.ok ? answer.text() : said;
}
