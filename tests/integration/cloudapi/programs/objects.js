// Drives a COS SDK for Node, unmodified, with a session's temporary key. Prints one JSON line: an answer for each call.
const options = JSON.parse(process.argv[2]);
const COS = require(options.package);

const cos = new COS({
  Domain: options.domain,
  Protocol: "http:",
  ChunkSize: 1024 * 1024,
  getAuthorization: (asked, callback) =>
    callback({
      TmpSecretId: options.key[0],
      TmpSecretKey: options.key[1],
      XCosSecurityToken: options.key[2],
      SecurityToken: options.key[2],
      StartTime: Math.floor(Date.now() / 1000) - 60,
      ExpiredTime: Math.floor(Date.now() / 1000) + 900,
    }),
});

function told(error, data) {
  if (error) return { status: error.statusCode, code: error.code || (error.error && error.error.Code), said: String(error.message || error) };
  return { ...data, Body: data.Body && data.Body.toString("base64") };
}

(async () => {
  const answers = [];
  for (const [name, given] of options.calls) {
    const wanted = { Bucket: options.bucket, Region: "ap-guangzhou", Key: options.path, ...given };
    const asked = new Promise((resolve) => cos[name](wanted, (error, data) => resolve(told(error, data))));
    const late = new Promise((resolve) => setTimeout(() => resolve({ said: "hangs" }), 30000).unref());
    answers.push(await Promise.race([asked, late]));
  }
  console.log(JSON.stringify(answers));
  process.exit(0);
})();
