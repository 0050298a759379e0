// The cloud's SDK for Node, of any age and either edition, with nothing set but its keys: api.cjs COLUMN {file_id, package}
const assert = require("node:assert");
const { promisify } = require("node:util");

const [column, text] = process.argv.slice(2);
const given = JSON.parse(text);
const { Client, Models } = require(given.package).vod.v20180717;
const credential = { secretId: process.env.SECRET_ID, secretKey: process.env.SECRET_KEY };
const old = Boolean(Models && Models.PullEventsRequest); // model classes and callbacks
const client = old ? new Client(old_credential(), "ap-guangzhou") : new Client({ credential, region: "ap-guangzhou" });

function old_credential() {
  const { common } = require(given.package);
  const made = common && common.Credential ? new common.Credential(credential.secretId, credential.secretKey) : credential;
  return made;
}

async function ask(action, asked) {
  if (!old) return client[action](asked);
  const request = new Models[`${action}Request`]();
  request.from_json_string(JSON.stringify(asked));
  return promisify(client[action].bind(client))(request);
}

(async () => {
  if (column === "events") {
    const told = (await ask("PullEvents", {})).EventSet;
    await ask("ConfirmEvents", { EventHandles: told.map((event) => event.EventHandle) });
    assert.ok(told.length);
    return;
  }
  const step = { Definition: 20000, StartTimeOffset: 0, EndTimeOffset: 1 };
  const tasks = { AnimatedGraphicTaskSet: [step] };
  const { TaskId } = await ask("ProcessMedia", { FileId: given.file_id, MediaProcessTask: tasks });
  assert.equal((await ask("DescribeTaskDetail", { TaskId })).TaskType, "Procedure");
})();
