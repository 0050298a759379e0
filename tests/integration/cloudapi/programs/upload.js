// A customer's program: the cloud's upload SDK for Node with nothing set but its keys.
const { VodUploadClient, VodUploadRequest } = require("vod-node-sdk");

const client = new VodUploadClient(process.env.SECRET_ID, process.env.SECRET_KEY);
const request = Object.assign(new VodUploadRequest(), JSON.parse(process.argv[2]));
client.upload("ap-guangzhou", request, (error, answer) => {
  console.log(JSON.stringify(error ? { refused: String(error.code || error.message || error) } : answer));
});
