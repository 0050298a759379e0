"""One web process: `python -m config.web [descriptor of a listening socket]`."""

import os
import sys

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
django.setup()

from config.web.process import main  # noqa: E402  the doors that it knows need Django to be ready

main(int(sys.argv[1]) if len(sys.argv) > 1 else None)
