// One file on its way: its row on the page and its tus upload. States: ready → queued → sending ⇄ paused → done; what failed may be sent again, what was refused may not.
import { size } from "./size.js";

const RETRY_DELAYS = [0, 1000, 3000, 5000, 10000, 20000];
const CHUNK = 64 * 1024 * 1024; // one request's share: a proxy may cap bodies, and a lost one costs little

export class UploadRow {
  constructor(file, { page, wanted, changed }) {
    this.file = file;
    this.page = page;
    this.changed = changed;
    this.element = document.getElementById("upload-row").content.cloneNode(true).firstElementChild;
    this.part("name").textContent = file.name;
    this.part("size").textContent = size(file.size);
    this.part("bar").setAttribute("aria-label", `Upload of ${file.name}`);
    this.part("pause").addEventListener("click", () => this.pause());
    this.part("resume").addEventListener("click", () => this.enqueue());
    this.part("cancel").addEventListener("click", () => this.cancel());
    this.want(wanted);
    this.enter("ready");
    document.getElementById("uploads").append(this.element);
  }

  get isReady() { return this.state === "ready"; }
  get isQueued() { return this.state === "queued"; }
  get isBusy() { return this.state === "sending"; }

  part(name) { return this.element.querySelector(`[data-${name}]`); }

  say(text) { this.part("said").textContent = text; }

  want({ procedure, classId }) {
    this.metadata = { filename: this.file.name };
    if (procedure) this.metadata.procedure = procedure;
    if (classId) this.metadata.class_id = classId;
    this.part("flow").textContent = procedure ? `Task flow: ${procedure}` : "No processing";
  }

  enter(state) {
    this.state = this.element.dataset.state = state;
    this.part("pause").hidden = state !== "sending";
    this.part("resume").hidden = !["paused", "failed"].includes(state);
    this.part("cancel").hidden = state === "done";
    this.changed();
  }

  enqueue() {
    this.say("Waiting for its turn");
    this.enter("queued");
  }

  async send() {
    this.enter("sending");
    this.say("Starting…");
    this.upload ??= await this.prepare();
    if (this.isBusy) this.upload.start();
  }

  async prepare() {
    const upload = new tus.Upload(this.file, {
      endpoint: this.page.dataset.endpoint,
      metadata: this.metadata,
      chunkSize: CHUNK,
      retryDelays: RETRY_DELAYS,
      removeFingerprintOnSuccess: true,
      headers: { "X-CSRFToken": document.querySelector("meta[name=csrf-token]").content },
      onAfterResponse: (_, response) => (this.fileId = response.getHeader("Zoetrope-File-Id") || this.fileId),
      onProgress: (sent, total) => this.progress(sent, total),
      onSuccess: () => this.done(),
      onError: (error) => this.fail(error),
    });
    const [previous] = await upload.findPreviousUploads();
    if (previous) upload.resumeFromPreviousUpload(previous);
    return upload;
  }

  progress(sent, total) {
    const percent = Math.floor((100 * sent) / total);
    this.part("bar").value = percent;
    if (this.isBusy) this.say(`${percent} % · ${size(sent)} of ${size(total)}`);
  }

  async pause() {
    this.say("Paused. Nothing that has arrived is lost.");
    await this.upload?.abort();
    this.enter("paused");
  }

  async cancel() {
    this.enter("cancelled");
    this.element.remove();
    await this.upload?.abort(true).catch(() => {});
  }

  fail(error) {
    if (this.state === "cancelled") return;
    this.say(reason(error));
    this.enter(isRefused(error) ? "refused" : "failed");
  }

  done() {
    this.part("bar").value = 100;
    this.say("Uploaded");
    const link = this.part("link");
    link.href = `${this.page.dataset.mediaPage}/${this.fileId}`;
    link.hidden = false;
    this.enter("done");
    if (this.metadata.procedure) htmx.ajax("GET", link.href, { target: this.part("task"), select: `#images-${this.fileId}` });
  }
}

// What the server won't take however often it is sent.
function isRefused(error) {
  return [400, 403, 404, 410, 413].includes(error.originalResponse?.getStatus());
}

// The sentence of the server's problem details, if it answered at all.
function reason(error) {
  const body = error.originalResponse?.getBody();
  try {
    return JSON.parse(body).detail;
  } catch {
    return body === undefined ? "The connection is lost. Resume when it is back." : "The server could not take the file. Try to resume.";
  }
}
