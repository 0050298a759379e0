"""Runs peers' commands from a small process: Linux counts the memory of the process that forked into the child's peak.

`python -m tests.bench.launcher`: one JSON list of commands a line in, their cost out. Imports next to nothing.
"""

import json
import os
import subprocess
import sys
import time

Commands = list[list[str]]


def main() -> None:
    for line in sys.stdin:
        print(json.dumps(_cost(json.loads(line))), flush=True)


def _cost(commands: Commands) -> dict[str, float]:
    """wall and cpu in seconds, memory (of the largest process) in MB; cpu includes children's."""
    began, cpu, memory = time.perf_counter(), 0.0, 0.0
    nothing = subprocess.DEVNULL
    for command in commands:
        process = subprocess.Popen(command, stdin=nothing, stdout=nothing, stderr=nothing)
        _, status, usage = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode != 0:
            raise subprocess.CalledProcessError(process.returncode, command)
        cpu += usage.ru_utime + usage.ru_stime
        memory = max(memory, usage.ru_maxrss / 1024)
    return {"wall": time.perf_counter() - began, "cpu": cpu, "memory": memory}


if __name__ == "__main__":
    main()
