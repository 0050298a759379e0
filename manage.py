#!/usr/bin/env python
"""Zoetrope's command line: `manage.py help` lists what it can do."""

import os
import signal
import sys

if sys.argv[1:2] == ["runconsole"]:
    signal.signal(signal.SIGUSR1, signal.SIG_IGN)  # there is nothing to replace until the supervisor has begun

try:
    from django.core.management import execute_from_command_line

    from config.start.private import keep_private
except ImportError as error:
    if "--env" in sys.argv:  # its output is evaluated by a shell: nothing at all would look like success
        print("echo 'zoetrope: NOTHING IS SET. Your programs would reach the real cloud.' >&2; false")  # noqa: T201
    sys.exit(f"zoetrope: {error}. Use .venv/bin/python, which `make setup` makes.")

if __name__ == "__main__":
    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "config.settings")
    keep_private()
    execute_from_command_line(sys.argv)
