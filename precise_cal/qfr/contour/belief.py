"""What is expected of a picture before it is looked at."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np


@dataclass(frozen=True, slots=True)
class Belief:
    """A value as a normal distribution: mean and standard deviation."""

    mean: float
    spread: float


@dataclass(frozen=True, slots=True)
class Stiffness:
    """Spectral densities of derivatives along the vessel: what a parameter is expected to do.

    A density Q stands for a derivative of standard deviation sqrt(Q / l) over a length l: the first of attenuation, the
    second of all others.

    Attributes:
        center: In 1/mm; 0.1 lets a center line bend by 0.3/mm over 1 mm.
        radius: In 1/mm; 0.05 lets a radius bend by 0.2/mm over 1 mm, as at the shoulders of a lesion (own).
        attenuation: In 1/mm, relative to the attenuation squared; 3e-4 lets it drift by a tenth over 40 mm (own).
        background: In 1/mm³, relative to the contrast of the vessel squared; 1 is almost free (own).
    """

    center: float = 0.1
    radius: float = 0.05
    attenuation: float = 3e-4
    background: float = 1.0


@dataclass(frozen=True, slots=True)
class Expected:
    """What is expected of a vessel and of the system that filmed it.

    Attributes:
        stiffness: What the parameters do along the vessel.
        blur: Full width at half maximum in mm.
        scatter: Share of scatter in the light.
        attenuation: Logarithm of the attenuation in 1/mm without scatter; None where pixels do not tell absorption.
    """

    stiffness: Stiffness
    blur: Belief
    scatter: Belief
    attenuation: Belief | None


SYSTEMS = Belief(0.5, 0.4)
"""Blur: systems have 0.3 to 0.8 mm at the isocenter; the picture is to decide (own)."""
IODINE = Belief(float(np.log(0.17)), 1.0)
"""Blood with contrast in 1/mm: iodine at 50 to 70 keV, diluted, has 0.1 to 0.4; a factor of 2.7 is left open (own)."""
ABSORPTION = Expected(Stiffness(), SYSTEMS, Belief(1.0 / 3.0, 0.2), IODINE)
"""Where absorption may be measured: scatter-to-primary ratios of 0.15 to 1.15 behind a grid (own)."""
DISPLAY = Expected(Stiffness(attenuation=1e-2), SYSTEMS, Belief(0.5, 0.25), IODINE)
"""Behind an unknown display curve, which bends and scales absorption, as more scatter would (own)."""
LOOSE = Stiffness(attenuation=0.03)
"""An attenuation that may change by a quarter over 2 mm: other vessels lie over this one, branches beside it (own)."""
DATA_SHARE = 0.1
"""What the picture says against these counts a tenth: noise is correlated, no spread function a Gaussian (own)."""
