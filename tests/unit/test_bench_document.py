"""Sections of docs/performance.md come from different benchmarks, at different times."""

from pathlib import Path

from tests.bench.document import NAME, write_section

BY_HAND = "# Performance\n\nA word before.\n\n## By hand\n\nKept.\n\n### Below it\n\nKept, too.\n"


def test_a_benchmark_run_again_replaces_its_own_section_and_no_other(tmp_path: Path) -> None:
    (tmp_path / NAME).write_text(
        "# Performance\n\nA word before.\n\n## By hand\n\nKept.\n\n### Below it\n\nKept, too.\n"
    )
    write_section(tmp_path, "Growth", "old figures")
    write_section(tmp_path, "Service", "other figures")
    write_section(tmp_path, "Growth", "\nnew figures\n\n### A table\n")
    assert (tmp_path / NAME).read_text() == (
        f"{BY_HAND}\n## Growth\n\nnew figures\n\n### A table\n\n## Service\n\nother figures\n"
    )


def test_the_first_section_begins_the_document(tmp_path: Path) -> None:
    write_section(tmp_path, "Growth", "figures")
    assert (tmp_path / NAME).read_text() == "# Performance\n\n## Growth\n\nfigures\n"
