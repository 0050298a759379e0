"""tccli, either edition: cli.py COLUMN {file_id}"""

import json
import os
import subprocess
import sys

MAIN = "import sys; from tccli.main import main; sys.exit(main())"
keys = {"TENCENTCLOUD_SECRET_ID": os.environ["SECRET_ID"], "TENCENTCLOUD_SECRET_KEY": os.environ["SECRET_KEY"]}


def ask(action, *options):
    command = [sys.executable, "-c", MAIN, "vod", action, "--region", "ap-guangzhou", "--output", "json", *options]
    done = subprocess.run(command, env={**os.environ, **keys}, capture_output=True, text=True)
    assert done.returncode == 0 and done.stdout, done.stdout + done.stderr
    return json.loads(done.stdout)


column, given = sys.argv[1], json.loads(sys.argv[2])
if column == "events":
    told = ask("PullEvents")["EventSet"]
    ask("ConfirmEvents", "--EventHandles", json.dumps([event["EventHandle"] for event in told]))
    assert told
else:
    found = ask("SearchMedia", "--Limit", "1")
    assert found["TotalCount"] >= 1, found
    step = {"Definition": 20000, "StartTimeOffset": 0, "EndTimeOffset": 1}
    tasks = json.dumps({"AnimatedGraphicTaskSet": [step]})
    assert ask("ProcessMedia", "--FileId", given["file_id"], "--MediaProcessTask", tasks)["TaskId"]
