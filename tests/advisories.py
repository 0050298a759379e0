"""`make audit`: are there known vulnerabilities in what the lock files name? Exit status 1 when there are.

Where an index of vulnerabilities can't be reached (a machine without a network, a mirror that has none), that is said
by name and is no failure: the next run that reaches it tells.
"""

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
PIP_AUDIT = "pip-audit==2.9.0"
LIMIT = 600  # seconds


def main() -> int:
    worst = 0
    for what, found in (*_python(), *_node()):
        if found is None:
            print(f"{what}: SKIPPED, its index of vulnerabilities can't be reached")
        elif found:
            worst = 1
            print(f"{what}: VULNERABLE\n  " + "\n  ".join(found))
        else:
            print(f"{what}: nothing known")
    return worst


def _python() -> Iterator[tuple[str, list[str] | None]]:
    for name in ("run", "node"):
        lock = ROOT / "requirements" / f"{name}.lock"
        command = [str(Path(sys.executable).with_name("uv")), "tool", "run", PIP_AUDIT]
        answer = _answer([*command, "-r", str(lock), "--require-hashes", "--disable-pip", "-f", "json"], folder=ROOT)
        yield f"requirements/{name}.lock", python_findings(answer)


def _node() -> Iterator[tuple[str, list[str] | None]]:
    for folder in (ROOT, ROOT / "tests" / "sdk"):
        answer = _answer(["npm", "audit", "--json", "--package-lock-only"], folder=folder)
        yield f"{folder.relative_to(ROOT) / 'package-lock.json'}", node_findings(answer)


def python_findings(answer: Any) -> list[str] | None:
    """One line for each vulnerability; None for no answer, or an empty one that passed packages over."""
    if not isinstance(answer, dict) or "dependencies" not in answer:
        return None
    found = [
        f"{package['name']} {package['version']}: {one['id']}, mended in {', '.join(one['fix_versions']) or 'nothing'}"
        for package in answer["dependencies"]
        for one in package.get("vulns", ())
    ]
    passed_over = any("skip_reason" in package for package in answer["dependencies"])
    return None if passed_over and not found else found


def node_findings(answer: Any) -> list[str] | None:
    if not isinstance(answer, dict) or "vulnerabilities" not in answer:
        return None
    return [f"{name}: {one['severity']}, {one['range']}" for name, one in answer["vulnerabilities"].items()]


def _answer(command: list[str], *, folder: Path) -> Any:
    """The JSON that the program printed, whatever its exit status; None when there is none."""
    try:
        done = subprocess.run(command, cwd=folder, capture_output=True, text=True, timeout=LIMIT, check=False)
        return json.loads(done.stdout)
    except (OSError, subprocess.TimeoutExpired, ValueError):
        return None


if __name__ == "__main__":
    sys.exit(main())
