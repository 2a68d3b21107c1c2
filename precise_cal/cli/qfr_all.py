"""``precise qfr``: its commands, each from the module that has it."""

from __future__ import annotations

from precise_cal.cli import qfr_angio, qfr_batch
from precise_cal.cli.qfr import app

__all__ = ["app"]

qfr_angio.register(app)
qfr_batch.register(app)
