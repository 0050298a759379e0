// standardwebhooks: webhook.cjs COLUMN {callback: {secret, headers, body}}
const assert = require("node:assert");
const { Webhook } = require("standardwebhooks");

const { secret, headers, body } = JSON.parse(process.argv[3]).callback;
const judge = new Webhook(secret);
assert.equal(judge.verify(body, headers).EventType, "FileDeleted");
assert.throws(() => judge.verify(`${body} `, headers));
