"""The desk that this process serves."""

from __future__ import annotations

from typing import TYPE_CHECKING

from django.conf import settings

from precise_cal.desk import settings as own
from precise_cal.desk.trial import Trial, trial_of

if TYPE_CHECKING:
    from precise_cal.desk.home import Place


def place() -> Place:
    """Its folder."""
    assert settings.configured
    return own.PLACE


def trial() -> Trial:
    """Its trial."""
    return trial_of(place().config)
