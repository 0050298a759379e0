"""The object storage's SDK for Python with a session's temporary key: objects.py COLUMN {file, session, target}"""

import json
import sys
from pathlib import Path

from qcloud_cos import CosConfig, CosS3Client

column, given = sys.argv[1], json.loads(sys.argv[2])
session = given["session"]
secret_id, secret_key, token = session["keys"]
config = CosConfig(Region=session["region"], SecretId=secret_id, SecretKey=secret_key, Token=token)
client = CosS3Client(config)
where = {"Bucket": session["bucket"], "Key": session["key"]}
data = Path(given["file"]).read_bytes()
MIB = 1024 * 1024
if column in ("whole upload", "download"):
    client.put_object(Body=data, **where)
if column == "download":
    client.get_object(**where)["Body"].get_stream_to_file(given["target"])
    part = client.get_object(Range="bytes=5-9", **where)["Body"].get_raw_stream().read()
    assert part == data[5:10], part
if column == "resume":
    begun = client.create_multipart_upload(**where)["UploadId"]
    client.upload_part(Body=data[MIB : 2 * MIB], PartNumber=2, UploadId=begun, **where)
if column in ("multipart", "resume"):
    answer = client.upload_file(LocalFilePath=given["file"], PartSize=1, MAXThread=2, **where)
    assert answer.get("ETag", str(answer)).strip('"').endswith(f"-{-(-len(data) // MIB)}"), answer
    assert not client.list_multipart_uploads(Bucket=where["Bucket"]).get("Upload"), "the one that was there went on"
