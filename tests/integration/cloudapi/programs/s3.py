"""boto3 over https with its own habits, a bucket in the host's name: s3.py {file, bucket, key, region, keys, target}"""

import json
import sys

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

given = json.loads(sys.argv[1])
secret_id, secret_key, token = given["keys"]
client = boto3.client(
    "s3",
    endpoint_url=f"https://cos.{given['region']}.myqcloud.com",
    region_name=given["region"],
    aws_access_key_id=secret_id,
    aws_secret_access_key=secret_key,
    aws_session_token=token,
    config=Config(s3={"addressing_style": "virtual"}),
)
sent = []


def note(request, **_):
    sent.append(request.headers["X-Amz-Content-SHA256"])


client.meta.events.register("before-send.s3.*", note)
where = {"Bucket": given["bucket"], "Key": given["key"]}
with open(given["file"], "rb") as file:
    whole = client.put_object(Body=file, **where)
client.upload_file(given["file"], *where.values(), Config=TransferConfig(multipart_threshold=5 * 1024**2))
client.download_file(*where.values(), given["target"])
kinds = sorted({header.decode() if isinstance(header, bytes) else header for header in sent})
print(json.dumps({"crc32": whole["ChecksumCRC32"], "etag": client.head_object(**where)["ETag"], "kinds": kinds}))
