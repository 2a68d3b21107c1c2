"""The command line: read, call, print."""

from __future__ import annotations

from precise_cal.cli.main import main

__all__ = ["main"]
