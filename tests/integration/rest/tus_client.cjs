// Uploads a file with the real tus-js-client: node tus_client.cjs ENDPOINT AUTHORIZATION FILE CHUNK_SIZE
// It hangs up after the second chunk and goes on; prints what happened as JSON.
const fs = require("node:fs");
const tus = require("tus-js-client");

const [endpoint, authorization, path, chunkSize] = process.argv.slice(2);
let interrupted = false;
const seen = { fileId: null, resumedAt: null, url: null };

const upload = new tus.Upload(fs.createReadStream(path), {
  endpoint,
  chunkSize: Number(chunkSize),
  uploadSize: fs.statSync(path).size,
  headers: { Authorization: authorization },
  metadata: { filename: "from node.mp4", filetype: "video/mp4" },
  retryDelays: [0, 100, 500],
  onAfterResponse: (request, response) => {
    seen.fileId = response.getHeader("Zoetrope-File-Id") || seen.fileId;
    if (interrupted && request.getMethod() === "HEAD") seen.resumedAt = Number(response.getHeader("Upload-Offset"));
  },
  onChunkComplete: (size, accepted, total) => {
    if (interrupted || accepted < 2 * Number(chunkSize)) return;
    interrupted = true;
    upload.abort().then(() => resume(upload.url));
  },
  onError: fail,
});

function resume(uploadUrl) {
  const options = { ...upload.options, uploadUrl, onSuccess: done, onChunkComplete: null };
  new tus.Upload(fs.createReadStream(path), options).start();
}

function done() {
  console.log(JSON.stringify(seen));
}

function fail(error) {
  console.error(String(error));
  process.exit(1);
}

upload.start();
