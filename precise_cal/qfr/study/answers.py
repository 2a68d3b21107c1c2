"""Refusals that rest on a person's eye: who looked may accept them, and the result says so."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from precise_cal.qfr.lumen.analysis import Remark
    from precise_cal.qfr.study.parts import Answer

BY_EYE: Final[dict[str, str]] = {
    "OVERLAP": "whether another vessel lies over this one so that its borders cannot be told",
    "OVERLAP_AT_LESION": "whether another vessel lies over the lesion so that its borders cannot be told",
    "BRANCH_IN_LESION": "whether the borders drawn are those of the vessel, in spite of the branch that leaves there",
    "LOW_CONTRAST": "whether the borders drawn are those of the vessel, in spite of the noise",
    "PIXEL_SIZE_UNSURE": "whether the size of a pixel is near enough, as other pictures or the catheter show",
    "VESSEL_SIZE_IMPLAUSIBLE": "whether the vessel is indeed so wide or narrow",
    "FRONT_UNCERTAIN": "whether the contrast front drawn is that of the film",
}
"""What a person answers for by accepting each. All other reasons are computed, and no eye can overrule them."""


def accepted(reasons: Iterable[Remark], answers: Mapping[str, Answer]) -> tuple[list[Remark], list[Remark]]:
    """The reasons that stay, and those that a person accepted, as notices that say who did."""
    stay, told = [], []
    for reason in reasons:
        answer = answers.get(reason.code)
        if answer is None:
            stay.append(reason)
        else:
            told.append(
                replace(
                    reason,
                    text=message(
                        "{ $text }; accepted by { $value }",
                        text=reason.text,
                        value=answer.by or "a person who is not named",
                    ),
                )
            )
    return stay, told
