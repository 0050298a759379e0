// tus-js-client: resumable.cjs COLUMN {file, endpoint}
const fs = require("node:fs");
const tus = require("tus-js-client");

const [column, text] = process.argv.slice(2);
const { file, endpoint } = JSON.parse(text);
const basic = Buffer.from(`${process.env.SECRET_ID}:${process.env.SECRET_KEY}`).toString("base64");
const MIB = 1024 * 1024;
const options = {
  endpoint,
  chunkSize: MIB,
  uploadSize: fs.statSync(file).size,
  headers: { Authorization: `Basic ${basic}` },
  metadata: { filename: "matrix.mp4" },
  onError: (error) => {
    throw error;
  },
};
const done = (upload) => () => console.log(JSON.stringify({ upload: upload.url }));

let stopped = false;
const first = new tus.Upload(fs.createReadStream(file), {
  ...options,
  onSuccess: () => done(first)(),
  onChunkComplete: (size, accepted) => {
    if (column !== "resume" || stopped || accepted < 2 * MIB) return;
    stopped = true;
    first.abort();
    setTimeout(() => {
      const second = new tus.Upload(fs.createReadStream(file), { ...options, uploadUrl: first.url, onSuccess: () => done(second)() });
      second.start();
    }, 100);
  },
});
first.start();
