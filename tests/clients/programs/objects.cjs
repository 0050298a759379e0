// The object storage's SDK for Node with a session's temporary key: objects.cjs COLUMN {file, session, target}
const assert = require("node:assert");
const fs = require("node:fs");
const { promisify } = require("node:util");
const loaded = require("cos-nodejs-sdk-v5");
const COS = loaded.default || loaded;

const [column, text] = process.argv.slice(2);
const { file, session, target } = JSON.parse(text);
const [TmpSecretId, TmpSecretKey, token] = session.keys;
const now = Math.floor(Date.now() / 1000);
const key = { TmpSecretId, TmpSecretKey, XCosSecurityToken: token, SecurityToken: token, StartTime: now - 60, ExpiredTime: now + 900 };
const cos = new COS({ Proxy: process.env.HTTPS_PROXY, ChunkSize: 1 << 20, getAuthorization: (_, give) => give(key) });
const ask = (name, given) =>
  promisify(cos[name].bind(cos))({ Bucket: session.bucket, Region: session.region, Key: session.key, ...given });

(async () => {
  const data = fs.readFileSync(file);
  if (column === "whole upload" || column === "download") await ask("putObject", { Body: data, ContentLength: data.length });
  if (column === "download") {
    const answer = await ask("getObject", {});
    fs.writeFileSync(target, answer.Body);
    assert.deepEqual(Buffer.from((await ask("getObject", { Range: "bytes=5-9" })).Body), data.subarray(5, 10));
  }
  if (column === "resume") {
    const { UploadId } = await ask("multipartInit", {});
    const Body = data.subarray(0, 1 << 20);
    await ask("multipartUpload", { UploadId, PartNumber: 1, Body, ContentLength: Body.length });
  }
  if (column === "multipart" || column === "resume") {
    await ask("sliceUploadFile", { FilePath: file, SliceSize: 1 << 20, ChunkSize: 1 << 20 });
    const { Upload } = await ask("multipartList", { Prefix: session.key });
    assert.ok(!Upload || !Upload.length, "the one that was there went on");
  }
})();
