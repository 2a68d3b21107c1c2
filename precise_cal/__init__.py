"""PRECISE: protocol compliance for device trials, with QFR computed from angiograms. The public face is `api`.

    import precise_cal

    report = precise_cal.load_trial().check(Path("patient.json"))

Names are imported when they are first used, so that commands start fast.
"""

from __future__ import annotations

from precise_cal.version import __version__

TYPE_CHECKING = False  # importing typing costs as much as Python itself
if TYPE_CHECKING:
    from typing import Any

    from precise_cal.api import Record, Report, RuleResult, Trial, load_trial, to_frame
    from precise_cal.engine.rulebook.errors import RuleFileError
    from precise_cal.files.records import InputError
    from precise_cal.protocol.errors import PreciseError
    from precise_cal.protocol.from_json import RecordError

__all__ = [
    "InputError",
    "PreciseError",
    "Record",
    "RecordError",
    "Report",
    "RuleFileError",
    "RuleResult",
    "Trial",
    "__version__",
    "load_trial",
    "to_frame",
]
_ERRORS = {
    "InputError": "precise_cal.files.records",
    "PreciseError": "precise_cal.protocol.errors",
    "RecordError": "precise_cal.protocol.from_json",
    "RuleFileError": "precise_cal.engine.rulebook.errors",
}


def __getattr__(name: str) -> Any:
    """A public name, imported now."""
    if name not in __all__:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    from importlib import import_module

    return getattr(import_module(_ERRORS.get(name, "precise_cal.api")), name)


def __dir__() -> list[str]:
    """The public names."""
    return sorted([*globals(), *__all__])
