"""Every setting that an operator may turn is explained in the documents."""

import re
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


def test_no_setting_is_a_secret_of_the_source() -> None:
    source = (ROOT / "config" / "settings.py").read_text()
    settings = set(re.findall(r'env[.\w]*\(\s*"([A-Z_]+)"', source))
    assert len(settings) > 60
    told = "".join(path.read_text() for path in [*(ROOT / "docs").glob("*.md"), ROOT / "CONTRIBUTING.md"])
    assert sorted(name for name in settings if f"{name}`" not in told and f"{name}=" not in told) == []
