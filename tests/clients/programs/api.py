"""The cloud's SDK for Python, either edition, with nothing set but its keys: api.py COLUMN {file_id}"""

import json
import os
import sys

from tencentcloud.common import credential
from tencentcloud.vod.v20180717 import models, vod_client

keys = credential.Credential(os.environ["SECRET_ID"], os.environ["SECRET_KEY"])
client = vod_client.VodClient(keys, "ap-guangzhou")


def ask(action, **given):
    request = getattr(models, action + "Request")()
    request.from_json_string(json.dumps(given))
    return json.loads(getattr(client, action)(request).to_json_string())


column, given = sys.argv[1], json.loads(sys.argv[2])
if column == "events":
    told = ask("PullEvents")["EventSet"]
    ask("ConfirmEvents", EventHandles=[event["EventHandle"] for event in told])
    assert told and told[0]["EventType"], told
else:
    made = ask("CreateAnimatedGraphicsTemplate", Fps=5, Width=160, Height=0, Format="gif", Name="matrix")
    known = ask("DescribeAnimatedGraphicsTemplates", Definitions=[made["Definition"]])
    assert known["AnimatedGraphicsTemplateSet"][0]["Fps"] == 5, known
    step = {"Definition": made["Definition"], "StartTimeOffset": 0, "EndTimeOffset": 1}
    tasks = {"AnimatedGraphicTaskSet": [step]}
    task = ask("ProcessMedia", FileId=given["file_id"], MediaProcessTask=tasks)["TaskId"]
    assert ask("DescribeTaskDetail", TaskId=task)["TaskType"] == "Procedure"
