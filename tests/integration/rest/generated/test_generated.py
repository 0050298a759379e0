"""Clients that generators make of docs/openapi.yaml: they pass type checkers, and lead from a video to a picture."""

import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.contract import COMMITTED
from tests.faults.instance import ROOT, Instance

HERE = Path(__file__).parent
TOOLS = Path(sys.executable).parent
PACKAGES = ROOT / "tests/sdk/node_modules"
TOLD = {"name": "clip", "outcome": "completed", "animated": [True], "whole": [True], "refused": 404}
# How the generator's own client hands on __exit__ is no matter of the schema.
MYPY = "[mypy]\nstrict = True\ncache_dir = .mypy\n[mypy-zoetrope_rest_api_client.client]\nignore_errors = True\n"


@pytest.fixture
def arguments(served: Instance, clip: Path) -> list[str]:
    token = served.api.post("tokens", json={"name": "for a generated client"}).json()["token"]
    return [served.url, token, str(clip)]


def test_the_python_client_is_typed_and_makes_a_picture(tmp_path: Path, arguments: list[str]) -> None:
    made = tmp_path / "zoetrope_rest_api_client"
    generate = [str(TOOLS / "openapi-python-client"), "generate", "--meta", "none", "--fail-on-warning"]
    _said(tmp_path, *generate, "--path", str(COMMITTED), "--output-path", str(made))
    (tmp_path / "mypy.ini").write_text(MYPY)
    program = shutil.copy(HERE / "program.py", tmp_path)
    _said(tmp_path, sys.executable, "-m", "mypy", "--config-file", "mypy.ini", program)
    assert json.loads(_said(tmp_path, sys.executable, program, *arguments)) == TOLD


def test_the_typescript_client_compiles_and_makes_a_picture(tmp_path: Path, arguments: list[str]) -> None:
    (tmp_path / "node_modules").symlink_to(PACKAGES)
    _said(tmp_path, "node", str(PACKAGES / ".bin/openapi-typescript"), str(COMMITTED), "--output", "api.ts")
    shutil.copy(HERE / "program.ts", tmp_path)
    strictly = ["--strict", "--skipLibCheck", "--target", "es2022", "--module", "nodenext", "--types", "node"]
    _said(tmp_path, "node", str(PACKAGES / ".bin/tsc"), *strictly, "program.ts")
    assert json.loads(_said(tmp_path, "node", "program.js", *arguments)) == TOLD


def _said(folder: Path, *command: str) -> str:
    environment = {"PATH": f"{TOOLS}:{os.environ['PATH']}", "HOME": str(folder), "NODE_NO_WARNINGS": "1"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, timeout=240)
    assert done.returncode == 0, done.stdout[-3000:] + done.stderr[-3000:]
    return done.stdout
