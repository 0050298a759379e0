"""A customer's page with the upload SDK, and the browser that opens it."""

import os

from tests.faults.instance import ROOT

CHROMIUM = os.environ.get("ZOETROPE_CHROMIUM", "/usr/bin/chromium")
PAGE = (ROOT / "tests/clients/pages/vod.html").read_text()
