"""The one error of this package."""

from __future__ import annotations

from precise_cal.language.catalog import message
from precise_cal.protocol.errors import PreciseError


class UnitError(PreciseError):
    """A text that is no UCUM unit, or a quantity that cannot be computed in it.

    Attributes:
        text: the unit as written.
        position: offset of the first character that is wrong; None where no single place is.
        hint: the nearest unit that UCUM knows; None where nothing is near.
    """

    def __init__(self, problem: str, text: str, position: int | None = None, hint: str | None = None) -> None:
        self.text = text
        self.position = position
        self.hint = hint
        place = "" if position is None else message(", character { $position }", position=position + 1)
        advice = "" if hint is None else message("; did you mean '{ $hint }'?", hint=hint)
        super().__init__(
            message(
                "unit '{ $text }'{ $place }: { $problem }{ $advice }",
                text=text,
                place=place,
                problem=problem,
                advice=advice,
            )
        )
