"""A customer's program: the cloud's upload SDK with nothing set but its keys."""

import json
import os
import sys

from qcloud_vod.model import VodUploadRequest
from qcloud_vod.vod_upload_client import VodUploadClient

request = VodUploadRequest()
for name, value in json.loads(sys.argv[1]).items():
    setattr(request, name, value)
answer = VodUploadClient(os.environ["SECRET_ID"], os.environ["SECRET_KEY"]).upload("ap-guangzhou", request)
print(json.dumps({"FileId": answer.FileId, "MediaUrl": answer.MediaUrl, "CoverUrl": answer.CoverUrl}))
