"""tests/clients/clients.toml: which clients, which versions, what each shows, and how it is installed for itself."""

import os
import subprocess
import sys
import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from tests.faults.instance import ROOT

COLUMNS = ("API", "whole upload", "multipart", "resume", "stream", "download", "cover", "events")
HERE = Path(__file__).parent
PLACE = ROOT / "build" / "clients"


@dataclass(frozen=True)
class Pinned:
    """`script`: what a page loads, a file of node_modules; with `bundle`, the modules that it is made of.

    `seven_bits`: its uploads go on only where no byte of what had arrived is above 127.
    """

    package: str
    version: str
    program: str
    shows: tuple[str, ...]
    as_of: str
    runs: str = ""
    beside: tuple[str, ...] = ()
    script: str = ""
    bundle: str = ""
    seven_bits: bool = False
    left_out: dict[str, str] = field(default_factory=dict, hash=False)

    @property
    def title(self) -> str:
        return f"{self.package}, {self.runs}" if self.runs else self.package

    @property
    def python(self) -> bool:
        return self.program.endswith(".py")

    @property
    def page(self) -> bool:
        return self.program.endswith(".html")

    @property
    def folder(self) -> Path:
        return PLACE / ("pypi" if self.python else "npm") / f"{self.package.replace('/', '+')}-{self.version}"

    @property
    def loaded(self) -> Path:
        return self.folder / "bundle.js" if self.bundle else self.folder / "node_modules" / self.script

    def install(self) -> None:
        """Into a folder of its own, with what it needs as that day had it. Once. Raises CalledProcessError."""
        done = self.folder / "installed"
        if done.exists():
            return
        self.folder.mkdir(parents=True, exist_ok=True)
        day = f"{self.as_of}T00:00:00Z"
        if self.python:
            wanted = [f"{self.package}=={self.version}", "setuptools<81", *self.beside]  # older ones expect setuptools
            uv = [str(Path(sys.executable).parent / "uv"), "pip", "install", "-q", "--no-config"]
            self._run(*uv, "--python", sys.executable, "--target", str(self.folder), "--exclude-newer", day, *wanted)
        else:
            wanted = [f"{self.package}@{self.version}", *self.beside]
            npm = ["npm", "install", "--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error"]
            self._run(*npm, "--prefix", str(self.folder), f"--before={day}", *wanted)
        if self.bundle:
            esbuild = ["node_modules/.bin/esbuild", "--bundle", "--format=iife", "--log-level=error"]
            self._run(*esbuild, f"--outfile={self.loaded}", given=self.bundle)
        done.touch()

    def _run(self, *command: str, given: str = "") -> None:
        subprocess.run(command, cwd=self.folder, input=given, text=True, check=True, env=os.environ, timeout=600)


def pinned() -> list[Pinned]:
    told = tomllib.loads((HERE / "clients.toml").read_text())
    return [_one(client, version, as_of=told["as_of"]) for client in told["client"] for version in client["versions"]]


def _one(client: dict[str, Any], version: str, *, as_of: str) -> Pinned:
    given = {name: value for name, value in client.items() if name != "versions"}
    lists = {name: tuple(given.get(name, ())) for name in ("shows", "beside")}
    lists["beside"] = tuple(one.format(day=version.rpartition(".")[0]) for one in lists["beside"])
    return Pinned(version=version, as_of=as_of, **given | lists)
