"""A copy of this checkout in which nothing is built yet, and an environment in which nothing can be."""

import os
import shutil
import sys
from pathlib import Path

ROOT = Path(__file__).parents[1]
_LEFT_OUT = shutil.ignore_patterns(
    ".git", ".venv", "node_modules", "var", "build", "dist", "test-results", "*.so", "*.pyc", ".*_cache", ".hypothesis"
)


def fresh_checkout(folder: Path) -> Path:
    """With the packages of this one, but without the compiled kernel."""
    shutil.copytree(ROOT, folder, ignore=_LEFT_OUT, symlinks=True)
    (folder / ".venv").symlink_to(sys.prefix)
    (folder / "node_modules").symlink_to(ROOT / "node_modules")
    (folder / "tests" / "sdk" / "node_modules").symlink_to(ROOT / "tests" / "sdk" / "node_modules")
    return folder


def without_compiler() -> dict[str, str]:
    """This environment; CC is what the build asks first."""
    return {**os.environ, "CC": "/nonexistent/cc"}
