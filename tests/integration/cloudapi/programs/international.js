// A program of the international edition: its own SDK with nothing set but its keys.
const { vod } = require("tencentcloud-sdk-nodejs-intl-en");

const { Client, Models } = vod.v20180717;
const client = new Client({ secretId: process.env.SECRET_ID, secretKey: process.env.SECRET_KEY }, "ap-singapore");

const ask = (action) =>
  new Promise((resolve) => client[action](new Models[`${action}Request`](), (error, answer) => resolve([error, answer])));

(async () => {
  const [error, found] = await ask("SearchMedia");
  const [refusal] = await ask("DescribeCDNDomains");
  console.log(JSON.stringify({ error, found: found && found.TotalCount, refused: refusal && refusal.code }));
})();
