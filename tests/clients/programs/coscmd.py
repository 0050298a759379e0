"""coscmd with a session's temporary key: coscmd.py COLUMN {file, session, target}"""

import json
import subprocess
import sys

MAIN = "import sys; from coscmd.cos_cmd import _main; sys.exit(_main())"


def run(*arguments):
    done = subprocess.run([sys.executable, "-c", MAIN, *arguments], capture_output=True, text=True)
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout + done.stderr


column, given = sys.argv[1], json.loads(sys.argv[2])
session = given["session"]
secret_id, secret_key, token = session["keys"]
keys = ["-a", secret_id, "-s", secret_key, "-t", token]
run("config", *keys, "-b", session["bucket"], "-r", session["region"], "-p", "1")
run("upload", given["file"], session["key"])
if column == "download":
    folder = session["key"].rpartition("/")[0] + "/"
    assert session["key"].rpartition("/")[2] in run("list", folder)
    run("download", "-f", session["key"], given["target"])
