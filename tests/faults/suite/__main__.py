"""`python -m tests.faults.suite`: every fault in every set-up, or those that are named.

--setup sqlite,rabbitmq,redis,s3   --only F1,F13   --scale 0.2 (of the injections)   --seed 7
--lines FILE (JSON lines are added to it)   --write (FILE's table goes into docs/reliability.md)
"""

import argparse
import signal
import sys
import tempfile
import traceback
from pathlib import Path

from tests.faults.suite import table
from tests.faults.suite.run import run_setup
from tests.faults.suite.setups import SETUPS


def main() -> int:
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # instances are closed on the way out
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--setup", default=",".join(SETUPS))
    parser.add_argument("--only", default="")
    parser.add_argument("--scale", type=float, default=1.0)
    parser.add_argument("--seed", type=int, default=20261126)
    parser.add_argument("--lines", type=Path, default=Path("build/faults.jsonl"))
    parser.add_argument("--write", action="store_true")
    wanted = parser.parse_args()
    wanted.lines.parent.mkdir(parents=True, exist_ok=True)
    survived = True
    for name in filter(None, wanted.setup.split(",")):
        with tempfile.TemporaryDirectory(prefix="zoetrope-faults-") as folder:
            try:
                found = run_setup(
                    name,
                    Path(folder),
                    only=set(filter(None, wanted.only.split(","))),
                    scale=wanted.scale,
                    seed=wanted.seed,
                )
                for figures in found:
                    print(table.row(name, figures), flush=True)
                    survived = survived and figures.survived
                    with wanted.lines.open("a") as file:
                        file.write(table.line(name, figures, seed=wanted.seed) + "\n")
            except Exception:
                traceback.print_exc()
                survived = False
    if wanted.write:
        table.write(table.read(wanted.lines))
    return 0 if survived else 1


if __name__ == "__main__":
    sys.exit(main())
