"""The image of deploy/Containerfile, without a container tool: its steps, in a fresh root over this machine's system.

`unshare --mount python -m tests.faults.image FOLDER`: the root is this system under an overlay, without the checkout.
COPY brings what the build's context has, RUN runs in it, but for what fetches packages: .venv and node_modules are
those that are set up here, by the same locks. Then the root becomes read-only, and this process becomes the image's
command, as its user, without capabilities.
"""

import os
import re
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.faults.instance import ROOT

CONTAINERFILE = ROOT / "deploy/Containerfile"
UID, GID = re.findall(r"(?m)^USER (\d+):(\d+)$", CONTAINERFILE.read_text())[0]
NOBODY = (
    *("setpriv", f"--reuid={UID}", f"--regid={GID}", "--clear-groups"),
    *("--inh-caps=-all", "--bounding-set=-all", "--no-new-privs"),
)
NOT_ALLOWED = 77  # the exit status where nobody may lay one file system over another


class Image:
    """`root` is where its file system is, once it is built."""

    def __init__(self, folder: Path) -> None:
        self.root = folder / "root"
        self._folder = folder
        self.environment: dict[str, str] = {}
        self.place = Path("/")
        self.command: list[str] = []

    def build(self) -> None:
        """Raises CalledProcessError."""
        for word, rest in _steps():
            match word:
                case "WORKDIR":
                    self.place = Path(rest)
                    self._inside(self.place).mkdir(parents=True, exist_ok=True)
                case "COPY" if not rest.startswith("--from"):
                    *names, target = rest.split()
                    self._copy(names, self._inside(self.place / target))
                case "RUN" if "pip install" in rest:
                    self._bind(ROOT / ".venv")
                case "RUN" if "npm ci" in rest:
                    self._bind(ROOT / "node_modules")
                case "RUN" if "apt-get" not in rest:
                    _run("chroot", str(self.root), "sh", "-c", f"cd {self.place} && {rest}")
                case "ENV":
                    name, _, value = rest.partition("=")
                    self.environment[name] = value
                case "ENTRYPOINT" | "CMD":
                    self.command += shlex.split(rest.strip("[]").replace(",", " "))
        self._seal()

    def become(self) -> None:
        """The image's command, in place of this process."""
        program = f"cd {self.place} && exec {shlex.join([*NOBODY, *self.command])}"
        environment = {**self.environment, **os.environ}
        os.execvpe("chroot", ["chroot", str(self.root), "sh", "-c", program], environment)

    def lay_over(self) -> None:
        """Needs to be root in a mount namespace of its own. Raises CalledProcessError."""
        _run("mount", "--make-rprivate", "/")
        _run("mount", "-t", "tmpfs", "layers", str(self._folder))
        for name in ("root", "upper", "work"):
            (self._folder / name).mkdir()
        layers = f"lowerdir=/,upperdir={self._folder}/upper,workdir={self._folder}/work"
        _run("mount", "-t", "overlay", "overlay", "-o", layers, str(self.root))
        for name in ("proc", "dev"):
            _run("mount", "--rbind", f"/{name}", str(self.root / name))
        for name in (str(ROOT).lstrip("/"), "tmp"):  # not the checkout itself
            _run("mount", "-t", "tmpfs", name, str(self.root / name))
        _run("mount", "-t", "tmpfs", "-o", "mode=755", "opt", str(self.root / "opt"))
        for parent in Path(sys.executable).resolve().parents:  # Python may be somebody's own
            above = self.root / str(parent).lstrip("/")
            above.chmod(above.stat().st_mode | 0o111)

    def _copy(self, names: list[str], target: Path) -> None:
        """Files of the build's context: what the repository has, as under a umask that lets nobody else read them."""
        listed = subprocess.run(
            ["git", "ls-files", "-z", "--", *names], cwd=ROOT, check=True, capture_output=True, text=True
        ).stdout
        for name in filter(None, listed.split("\0")):
            base = next(each for each in names if Path(name).is_relative_to(each))
            own = Path(name).name if name == base and target.is_dir() else Path(name).relative_to(base)
            into = target / own
            into.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(ROOT / name, into)
            into.chmod(0o600)

    def _bind(self, source: Path) -> None:
        target = self._inside(self.place / source.name)
        target.mkdir()
        _run("mount", "--bind", str(source), str(target))
        _run("mount", "-o", "remount,bind,ro", str(target))

    def _seal(self) -> None:
        _run("mount", "-o", "remount,ro", str(self.root / "opt"))
        kept = self._inside(Path(self.environment["ZOETROPE_DATA_DIR"]))
        owner = kept.stat()
        _run("mount", "-t", "tmpfs", "-o", f"uid={owner.st_uid},gid={owner.st_gid},mode=700", "volume", str(kept))
        _run("mount", "-o", "remount,ro", str(self.root))

    def _inside(self, path: Path) -> Path:
        return self.root / str(path).lstrip("/")


def _steps() -> Iterator[tuple[str, str]]:
    for line in re.sub(r"\\\n", " ", CONTAINERFILE.read_text()).splitlines():
        word, _, rest = line.partition(" ")
        if word.isupper():
            yield word, rest.strip()


def _run(*command: str) -> None:
    subprocess.run(command, check=True, stdout=sys.stderr)


def main() -> None:
    image = Image(Path(sys.argv[1]))
    try:
        image.lay_over()
    except subprocess.CalledProcessError:
        sys.exit(NOT_ALLOWED)
    image.build()
    image.become()


if __name__ == "__main__":
    main()
