"""From angiogram to lumen to flow to pressure: QFR. Knows nothing of trials, rules or patients.

What a scientist needs stands here; a name is imported when it is first asked for, so that this import stays light::

    import numpy as np
    from precise_cal import qfr

    s = np.arange(0.0, 60.1, 0.25)                                # mm, proximal to distal
    lumen = qfr.Lumen(s, 3.0 - 1.4 * np.exp(-(((s - 25.0) / 4.0) ** 2)))  # mm
    found = qfr.analyze(lumen, qfr.given_flow(0.35), qfr.Settings(aortic_pressure_mmhg=95.0))
    found.qfr, found.qfr_along, found.drop.pascal                 # 1, shape (n,); Pa, shape (n,)
    qfr.treat(found, found.lesions[0]).qfr                        # residual QFR
    qfr.with_interval(found, samples=1000).interval               # Monte Carlo

Lumen: ``Lumen`` (from arrays), ``read_lumen`` (from CSV). Flow: ``fixed_flow``, ``given_flow``, ``contrast_flow``
(frames), ``contrast_velocity_flow``, ``hyperemic_velocity``. Healthy vessel: ``fit_taper``, ``step_down`` with
``SideBranch``, ``mother_diameter``, ``daughter_diameter``. QFR: ``Settings``, ``Fluid``, ``analyze``, ``Analysis``,
``Lesion``, ``treat``, ``with_interval``, ``Errors``. From angiograms: ``read_study`` and ``study_schema`` of ``Study``,
``run_study`` with a ``Memory`` between edits, ``AngioResult``. Models by name: ``MODELS``, and ``pressure_drop`` of a
``Tube``.
Results: ``as_data``, ``as_text``, ``as_svg``, ``as_html``, ``write_plot``. What cannot be used raises ``QfrError``;
what can be read but has no QFR gives an ``Analysis`` with ``qfr`` None and its ``reasons``.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from precise_cal.qfr.angio.analysis import AngioResult, run_study
    from precise_cal.qfr.angio.memory import Memory
    from precise_cal.qfr.errors import QfrError
    from precise_cal.qfr.lumen.analysis import Analysis, Interval, Remark, Settings, analyze, treat
    from precise_cal.qfr.lumen.flow import (
        Flow,
        contrast_flow,
        contrast_velocity_flow,
        fixed_flow,
        given_flow,
        hyperemic_velocity,
    )
    from precise_cal.qfr.lumen.lesions import Lesion, find_lesions
    from precise_cal.qfr.lumen.lumen import Lumen, read_lumen
    from precise_cal.qfr.lumen.models import MODELS, Drop, Fluid, Tube, pressure_drop
    from precise_cal.qfr.lumen.reference import SideBranch, daughter_diameter, fit_taper, mother_diameter, step_down
    from precise_cal.qfr.lumen.result import as_data, as_text
    from precise_cal.qfr.lumen.uncertainty import Errors, with_interval
    from precise_cal.qfr.pages.lumen import as_html
    from precise_cal.qfr.pages.plot import as_svg, write_plot
    from precise_cal.qfr.study.study import Study, read_study, study_schema

__all__ = [
    "MODELS",
    "Analysis",
    "AngioResult",
    "Drop",
    "Errors",
    "Flow",
    "Fluid",
    "Interval",
    "Lesion",
    "Lumen",
    "Memory",
    "QfrError",
    "Remark",
    "Settings",
    "SideBranch",
    "Study",
    "Tube",
    "analyze",
    "as_data",
    "as_html",
    "as_svg",
    "as_text",
    "contrast_flow",
    "contrast_velocity_flow",
    "daughter_diameter",
    "find_lesions",
    "fit_taper",
    "fixed_flow",
    "given_flow",
    "hyperemic_velocity",
    "mother_diameter",
    "pressure_drop",
    "read_lumen",
    "read_study",
    "run_study",
    "step_down",
    "study_schema",
    "treat",
    "with_interval",
    "write_plot",
]

_ROOMS: Final = {
    "angio.analysis": ("AngioResult", "run_study"),
    "angio.memory": ("Memory",),
    "errors": ("QfrError",),
    "lumen.analysis": ("Analysis", "Interval", "Remark", "Settings", "analyze", "treat"),
    "lumen.flow": ("Flow", "contrast_flow", "contrast_velocity_flow", "fixed_flow", "given_flow", "hyperemic_velocity"),
    "lumen.lesions": ("Lesion", "find_lesions"),
    "lumen.lumen": ("Lumen", "read_lumen"),
    "lumen.models": ("MODELS", "Drop", "Fluid", "Tube", "pressure_drop"),
    "lumen.reference": ("SideBranch", "daughter_diameter", "fit_taper", "mother_diameter", "step_down"),
    "lumen.result": ("as_data", "as_text"),
    "lumen.uncertainty": ("Errors", "with_interval"),
    "pages.lumen": ("as_html",),
    "pages.plot": ("as_svg", "write_plot"),
    "study.study": ("Study", "read_study", "study_schema"),
}
_HOME: Final = {name: room for room, names in _ROOMS.items() for name in names}


def __getattr__(name: str) -> Any:
    """Import a name from its module when it is first asked for (PEP 562)."""
    if name not in _HOME:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    value = getattr(import_module(f"{__name__}.{_HOME[name]}"), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
