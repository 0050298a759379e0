"""Puts the compiled kernel and translations into the engine's wheel, for `pip install .` and `make dist` alike."""

import os
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import polib
from hatchling.builders.hooks.plugin.interface import BuildHookInterface
from packaging.tags import platform_tags

# Set by `make dist`: a wheel without the kernel isn't worth keeping.
REQUIRED = "ZOETROPE_KERNEL_REQUIRED"


class KernelHook(BuildHookInterface[Any]):
    """A wheel with the kernel is one machine's, any Python's. Without a compiler it is any machine's, and slower."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        if version == "editable":
            return  # it runs from the checkout, which keeps its own
        for compiled, place in self._catalogues():
            build_data["force_include"][str(compiled)] = place
        sys.path.insert(0, self.root)
        from animator.kernel.build import LOST, KernelNotBuilt, build

        try:
            library = build()
        except KernelNotBuilt as error:
            if os.environ.get(REQUIRED):
                raise
            self.app.display_warning(f"{LOST} Why: {error}")
            return
        build_data["force_include"][str(library)] = str(library.relative_to(Path(self.root).resolve()))
        build_data["pure_python"] = False
        build_data["tag"] = f"py3-none-{_platform()}"

    def _catalogues(self) -> Iterator[tuple[Path, str]]:
        """Each, compiled somewhere else than in the checkout, and its place in the wheel."""
        self._folder = tempfile.TemporaryDirectory(prefix="catalogues-")  # gone with the hook
        for source in sorted(Path(self.root, "animator/locale").rglob("*.po")):
            place = source.relative_to(self.root).with_suffix(".mo")
            compiled = Path(self._folder.name, *place.parts)
            compiled.parent.mkdir(parents=True)
            polib.pofile(str(source)).save_as_mofile(str(compiled))
            yield compiled, place.as_posix()


def _platform() -> str:
    """This machine's, by the oldest C library that the kernel is sure to run with: manylinux_2_36_x86_64."""
    tags = list(platform_tags())
    return next((tag for tag in tags if tag.startswith(("manylinux_", "musllinux_"))), tags[0])
