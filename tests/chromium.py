"""The browser that tests and screenshots drive: ZOETROPE_CHROMIUM, or Debian's, started so that it calls nobody."""

import os

CHROMIUM = os.environ.get("ZOETROPE_CHROMIUM", "/usr/bin/chromium")
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
