"""Reasons against a number, and notices, that need to know where the lesions are."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import numpy as np

from precise_cal.language.catalog import message
from precise_cal.qfr.angio.limits import against_limit
from precise_cal.qfr.lumen.analysis import Remark

if TYPE_CHECKING:
    from numpy.typing import NDArray

    from precise_cal.qfr._types import Array
    from precise_cal.qfr.angio.limits import Thresholds
    from precise_cal.qfr.lumen.lesions import Lesion

THROAT_SAMPLES: Final = 8
"""Samples on either side of a least diameter, a quarter of a millimeter each, over which no vessel may lie (own)."""
BRANCH_SAMPLES: Final = 3
"""Samples of a lesion, a quarter of a millimeter each, that another vessel must touch to be told (own)."""
BRANCH_ERROR: Final = "the flank with it is left out of account; on simulated films diameters were within 0.11 mm then"


def judge_lesions(lesions: tuple[Lesion, ...], lost: Array | None, covered: Array, limits: Thresholds) -> list[Remark]:
    """Reasons that need to know where the lesions are.

    Args:
        lesions: Lesions as sample ranges of the lumen.
        lost: (views, n) share of the length lost by foreshortening at each sample; None with one view.
        covered: (views, n) bool, another vessel lies over this one.
        limits: Thresholds.
    """
    reasons = []
    beyond = covered.copy()
    for lesion in lesions:
        beyond[:, lesion.first : lesion.last + 1] = False
    share = 100.0 * np.mean(beyond, axis=1)
    if (share > limits.overlap.value).all():
        reasons.append(
            against_limit(
                "OVERLAP",
                message("over { $min } % of the vessel or more in every view", min=f"{share.min():.0f}"),
                limits.overlap,
            )
        )
    for number, lesion in enumerate(lesions, 1):
        if lesion.first == 0:
            text = message(
                "lesion { $number } begins at the proximal point: set it farther up; an aorto-ostial lesion is refused",
                number=number,
            )
            reasons.append(Remark("LESION_AT_PROXIMAL_END", text))
        inside = slice(lesion.first, lesion.last + 1)
        share = 100.0 * float(covered[:, inside].mean(axis=1).min())
        throat = covered[:, max(lesion.throat - THROAT_SAMPLES, 0) : lesion.throat + THROAT_SAMPLES + 1]
        if throat.any(axis=1).all() or share > limits.lesion_overlap.value:
            where = "the least diameter" if throat.any(axis=1).all() else f"{share:.0f} %"
            text = message(
                "another vessel lies over { $where } of lesion { $number } in every view", where=where, number=number
            )
            reasons.append(against_limit("OVERLAP_AT_LESION", text, limits.lesion_overlap))
        worst = 0.0 if lost is None else 100.0 * float(lost[:, inside].mean(axis=1).min())
        if worst > limits.foreshortening.value:
            reasons.append(
                against_limit(
                    "FORESHORTENED",
                    message(
                        "lesion { $number } loses { $worst } % or more in both views",
                        number=number,
                        worst=f"{worst:.0f}",
                    ),
                    limits.foreshortening,
                )
            )
    return reasons


def judge_throats(
    lesions: tuple[Lesion, ...], diameter_mm: Array, spread_mm: Array, limits: Thresholds
) -> list[Remark]:
    """Reasons where the picture leaves too much of a least diameter open.

    Args:
        lesions: Lesions as sample ranges of the lumen.
        diameter_mm: (n,) diameters of the lumen.
        spread_mm: (n,) their standard deviations.
        limits: Thresholds.
    """
    reasons = []
    for number, lesion in enumerate(lesions, 1):
        least, spread = float(diameter_mm[lesion.throat]), float(spread_mm[lesion.throat])
        if 100.0 * spread > limits.throat_spread.value * least:
            text = message(
                "lesion { $number }: { $least } mm, with a standard deviation of { $spread } mm",
                number=number,
                least=f"{least:.2f}",
                spread=f"{spread:.2f}",
            )
            reasons.append(against_limit("DIAMETER_UNDEFINED", text, limits.throat_spread))
    return reasons


HIDDEN: Final = "BRANCH_IN_LESION"
"""A notice that becomes a reason against a number where that may lie on either side of the cutoff."""


def tell_hidden(lesions: tuple[Lesion, ...], hidden: NDArray[np.bool_]) -> list[Remark]:
    """Notices where a branch hides one border at the least diameter of a lesion in a view (views, n)."""
    told = "its mouth hides the lumen there, which is drawn from what is seen beside it (own): set pins, or accept it"
    return [
        Remark(
            HIDDEN,
            message("a branch as wide as lesion { $number } leaves within it: { $told }", number=number, told=told),
        )
        for number, lesion in enumerate(lesions, 1)
        if hidden[:, max(lesion.throat - THROAT_SAMPLES, 0) : lesion.throat + THROAT_SAMPLES + 1].any()
    ]


def tell_branches(lesions: tuple[Lesion, ...], touched: NDArray[np.bool_]) -> list[Remark]:
    """Notices for lesions at which a branch leaves, or another vessel touches, in every view (views, n)."""
    return [
        Remark(
            "BRANCH_AT_LESION",
            message(
                "a vessel touches lesion { $number } in every view: { $branch_error }",
                number=number,
                branch_error=BRANCH_ERROR,
            ),
        )
        for number, lesion in enumerate(lesions, 1)
        if (np.count_nonzero(touched[:, lesion.first : lesion.last + 1], axis=1) >= BRANCH_SAMPLES).all()
    ]
