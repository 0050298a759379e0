// The cloud's upload SDK for Node with nothing set but its keys: vod_upload.cjs COLUMN {file, cover}
const { VodUploadClient, VodUploadRequest } = require("vod-node-sdk");

const [column, text] = process.argv.slice(2);
const given = JSON.parse(text);
const request = Object.assign(new VodUploadRequest(), { MediaFilePath: given.file });
if (column === "cover") request.CoverFilePath = given.cover;
new VodUploadClient(process.env.SECRET_ID, process.env.SECRET_KEY).upload("ap-guangzhou", request, (error, answer) => {
  if (error) throw error;
  console.log(JSON.stringify({ fileId: answer.FileId }));
});
