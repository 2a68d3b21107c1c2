"""Plans that are code: what a trial needs beyond rates and times. They alone may use the words of a trial's record.

A trial's ``simulate.yaml`` names its plan, and gives it its settings.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.protocol.immutable import immutable
from precise_cal.simulate.plans import precise_cal

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from pydantic import BaseModel


@immutable()
class CodedPlan:
    """A plan that is code: the form of its settings, and what makes so many records from a seed and a cut-off."""

    settings: type[BaseModel]
    records: Callable[..., tuple[dict[str, Any], ...]]


PLANS: Final[Mapping[str, CodedPlan]] = {"precise_cal": CodedPlan(precise_cal.Settings, precise_cal.cohort)}
"""By the name that ``simulate.yaml`` has for it."""
