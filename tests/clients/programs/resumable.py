"""tuspy: resumable.py COLUMN {file, endpoint}"""

import base64
import json
import os
import sys

from tusclient.client import TusClient

column, given = sys.argv[1], json.loads(sys.argv[2])
basic = base64.b64encode(f"{os.environ['SECRET_ID']}:{os.environ['SECRET_KEY']}".encode()).decode()
client = TusClient(given["endpoint"], headers={"Authorization": f"Basic {basic}"})
options = {"chunk_size": 1024 * 1024 if column == "resume" else 1024**3}
first = client.uploader(given["file"], metadata={"filename": "matrix.mp4"}, **options)
if column == "resume":
    first.upload_chunk()
    first.upload_chunk()
    second = client.uploader(given["file"], url=first.url, **options)
    assert second.offset == 2 * 1024 * 1024, second.offset
    second.upload()
else:
    first.upload()
print(json.dumps({"upload": first.url}))
