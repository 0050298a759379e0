"""boto3 with a session's temporary key, bucket in the path: s3.py COLUMN {file, session, target, endpoint}"""

import json
import sys

import boto3
from boto3.s3.transfer import TransferConfig
from botocore.config import Config

column, given = sys.argv[1], json.loads(sys.argv[2])
session = given["session"]
secret_id, secret_key, token = session["keys"]
config = Config(signature_version="s3v4", s3={"addressing_style": "virtual"})
client = boto3.client(
    "s3",
    endpoint_url=f"https://cos.{session['region']}.myqcloud.com",
    region_name=session["region"],
    aws_access_key_id=secret_id,
    aws_secret_access_key=secret_key,
    aws_session_token=token,
    config=config,
)
part = 5 * 1024 * 1024 if column == "multipart" else 1024**3
transfer = TransferConfig(multipart_threshold=part, multipart_chunksize=part)
if column == "multipart":
    client.upload_file(given["file"], session["bucket"], session["key"], Config=transfer)
else:
    with open(given["file"], "rb") as file:
        client.put_object(Bucket=session["bucket"], Key=session["key"], Body=file)
if column == "download":
    client.download_file(session["bucket"], session["key"], given["target"])
