"""Where something stands in a rule file, and the one error of rule files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.language.catalog import lines_of, placed
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Iterable


@immutable()
class Place:
    """A place in a rule file, both numbers counted from 1."""

    file: str
    line: int
    column: int

    def __str__(self) -> str:
        return f"{self.file}:{self.line}:{self.column}"


class RuleFileError(PreciseError):
    """A rule file is wrong. ``problems`` holds every reason with its place, in the order of the file."""

    def __init__(self, problems: Iterable[tuple[Place | None, str]]) -> None:
        self.problems = tuple(problems)
        super().__init__(lines_of(placed(place, text) if place else text for place, text in self.problems))
