"""The kernels of flow compiled before anybody waits for them: they are kept on disk for every later run."""

from __future__ import annotations

from typing import Final

import numpy as np

from precise_cal.qfr.lumen.analysis import Settings, analyze
from precise_cal.qfr.lumen.lumen import Lumen
from precise_cal.qfr.lumen.models import MODELS

_LENGTH_MM: Final = 20.0
_SAMPLES: Final = 81


def warm() -> None:
    """Evaluate a short vessel with one lesion by every model; each compiles the kernels that it calls."""
    position = np.linspace(0.0, _LENGTH_MM, _SAMPLES)
    lumen = Lumen(position, 3.0 - 1.2 * np.exp(-(((position - _LENGTH_MM / 2.0) / 2.0) ** 2)))
    for model in MODELS:
        analyze(lumen, settings=Settings(model=model))
