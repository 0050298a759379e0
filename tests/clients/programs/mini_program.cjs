// The upload SDK for mini programs, unmodified: `wx`, which only the messenger's own runtime has, is this stub.
// mini_program.cjs COLUMN {server, file, cover, signature}. Each address that the SDK asks for is asked of `server` instead,
// under its own name. Prints {fileId | refused, asked: [[method, host, forwarded], …]}.
const fs = require("node:fs");
const http = require("node:http");

const { server, file, cover, signature } = JSON.parse(process.argv[3]);
const [hostname, port] = server.split(":");
const asked = [];
const kept = {};

function request({ url, method, data, header = {}, success = () => {}, fail = () => {} }) {
  const to = new URL(url);
  const text = typeof data === "string" || data === undefined;
  const body = text ? data || "" : data instanceof ArrayBuffer ? Buffer.from(data) : ArrayBuffer.isView(data) ? data : JSON.stringify(data);
  const headers = { "Content-Type": "application/json", ...header, Host: to.host, "Content-Length": Buffer.byteLength(body) };
  asked.push([method, to.host, header["Vod-Forward-Cos"] || ""]);
  const sent = http.request({ hostname, port, method, path: to.pathname + to.search, headers }, (answer) => {
    const parts = [];
    answer.on("data", (part) => parts.push(part));
    answer.on("end", () => {
      const told = Buffer.concat(parts).toString();
      const json = (answer.headers["content-type"] || "").includes("json");
      success({ statusCode: answer.statusCode, header: answer.headers, data: json ? JSON.parse(told) : told });
    });
  });
  sent.on("error", (error) => fail({ errMsg: String(error) }));
  sent.end(body);
  return { abort: () => sent.destroy(), onProgressUpdate: () => {}, onHeadersReceived: () => {} };
}

const files = {
  stat: ({ path, success }) => success({ size: fs.statSync(path).size, stats: fs.statSync(path) }),
  readFile: ({ filePath, position = 0, length, encoding, success }) => {
    const whole = fs.readFileSync(filePath);
    const piece = whole.subarray(position, length === undefined ? undefined : position + length);
    success({ data: encoding ? piece.toString(encoding) : piece.buffer.slice(piece.byteOffset, piece.byteOffset + piece.length) });
  },
};

globalThis.wx = {
  request,
  getFileSystemManager: () => files,
  getStorageSync: (name) => kept[name] || "",
  setStorageSync: (name, value) => void (kept[name] = value),
  removeStorageSync: (name) => void delete kept[name],
  getSystemInfoSync: () => ({ platform: "devtools", SDKVersion: "3.0.0" }),
  getSystemInfo: ({ success }) => success({ platform: "devtools" }),
  getNetworkType: ({ success }) => success({ networkType: "wifi" }),
  onNetworkStatusChange: () => {},
  canIUse: () => false,
};

globalThis.window = globalThis; // where its bundle hands the object SDK on
const said = console.log;
console.log = () => {};
const end = (told) => {
  said(JSON.stringify({ ...told, asked }));
  process.exit(0);
};
require("vod-wx-sdk-v2").start({
  mediaFile: { tempFilePath: file, size: fs.statSync(file).size },
  coverFile: cover && { tempFilePaths: [cover], tempFiles: [{ size: fs.statSync(cover).size }] },
  mediaName: "from a mini program",
  getSignature: (give) => give(signature),
  progress: () => {},
  error: (refused) => end({ refused }),
  finish: ({ fileId }) => end({ fileId }),
});
