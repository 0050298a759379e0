"""The cloud's upload SDK for Python with nothing set but its keys: vod_upload.py COLUMN {file, cover}"""

import json
import os
import sys

from qcloud_vod.model import VodUploadRequest
from qcloud_vod.vod_upload_client import VodUploadClient

column, given = sys.argv[1], json.loads(sys.argv[2])
request = VodUploadRequest()
request.MediaFilePath = given["file"]
if column == "cover":
    request.CoverFilePath = given["cover"]
answer = VodUploadClient(os.environ["SECRET_ID"], os.environ["SECRET_KEY"]).upload("ap-guangzhou", request)
print(json.dumps({"fileId": answer.FileId}))
