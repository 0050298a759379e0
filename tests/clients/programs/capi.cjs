// @tencent-sdk/capi, of any age, by both of its signatures: capi.cjs COLUMN {file_id, server}
// The newest knows no proxy, and is told the server; the others take the cloud's own address. The oldest calls itself
// something with an @ at first, and leaves what begins so out of its first signature, as API 2.0 had it.
const assert = require("node:assert");
const { Capi } = require("@tencent-sdk/capi");

const [column, text] = process.argv.slice(2);
const given = JSON.parse(text);
const [id, key] = [process.env.SECRET_ID, process.env.SECRET_KEY];
const [region, version] = ["ap-guangzhou", "2018-07-17"];
const names = { secretId: id, secretKey: key, serviceType: "vod", region, version };
const older = { SecretId: id, SecretKey: key, ServiceType: "vod", Region: region, Version: version, RequestClient: "matrix" };
const client = new Capi({ ...names, ...older, baseHost: "tencentcloudapi.com" });
const newest = Boolean(client.options.isPascalCase);
const where = newest ? { host: given.server, protocol: "http" } : {};

async function ask(isV3, Action, asked) {
  const { Response } = await client.request({ Action, Version: version, ...asked }, { ...where, path: "/", method: "POST" }, isV3);
  assert.ok(!Response.Error, JSON.stringify(Response.Error));
  return Response;
}

(async () => {
  if (column === "events") {
    const told = (await ask(false, "PullEvents", {})).EventSet;
    await ask(true, "ConfirmEvents", { EventHandles: told.map((event) => event.EventHandle) });
    assert.ok(told.length);
    return;
  }
  for (const isV3 of [false, true]) {
    const tasks = { AnimatedGraphicTaskSet: [{ Definition: 20000, StartTimeOffset: 0.5, EndTimeOffset: 1 }] };
    const { TaskId } = await ask(isV3, "ProcessMedia", { FileId: given.file_id, MediaProcessTask: tasks });
    assert.equal((await ask(isV3, "DescribeTaskDetail", { TaskId })).TaskType, "Procedure");
  }
})();
