// Reads {secretId, secretKey, host, calls} from standard input and prints the answers of @tencent-sdk/capi in its first
// version's signature: a form whose label says JSON.
const { readFileSync } = require("node:fs");
const { Capi } = require("@tencent-sdk/capi");

const { secretId, secretKey, host, calls } = JSON.parse(readFileSync(0, "utf8"));
const client = new Capi({ region: "ap-guangzhou", secretId, secretKey, serviceType: "vod", version: "2018-07-17" });

(async () => {
  const answers = [];
  for (const [Action, parameters] of calls) {
    const options = { host, protocol: "http", path: "/", method: "POST" };
    const asked = { Action, ...parameters };
    answers.push(await client.request(asked, options).catch((error) => ({ failed: error.message })));
  }
  console.log(JSON.stringify(answers));
})();
