// Reads {package, secretId, secretKey, profile, calls: [[action, parameters], ...]} from standard input and prints,
// for each call, {result} or {code, requestId}. The SDK of vod-node-sdk's time has model classes and callbacks.
const { readFileSync } = require("node:fs");
const { promisify } = require("node:util");

const asked = JSON.parse(readFileSync(0, "utf8"));
const { Client, Models: models } = require(asked.package).vod.v20180717;
const Models = asked.package === "tencentcloud-sdk-nodejs" ? models : undefined;
const credential = { secretId: asked.secretId, secretKey: asked.secretKey };
const region = "ap-guangzhou";
const client = Models
  ? new Client(credential, region, asked.profile)
  : new Client({ credential, region, profile: asked.profile });

async function call(action, parameters) {
  if (!Models) return client[action](parameters);
  const request = new Models[`${action}Request`]();
  request.from_json_string(JSON.stringify(parameters));
  return promisify(client[action].bind(client))(request);
}

async function main() {
  const answers = [];
  for (const [action, parameters] of asked.calls) {
    try {
      answers.push({ result: await call(action, parameters) });
    } catch (error) {
      answers.push({ code: error.code, requestId: error.requestId, message: error.message });
    }
  }
  console.log(JSON.stringify(answers));
}

main();
