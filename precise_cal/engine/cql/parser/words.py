"""The words of the language: precisions, and names that are none unless quoted."""

from __future__ import annotations

from typing import Final

PRECISIONS: Final = ("year", "month", "week", "day", "hour", "minute", "second", "millisecond")
PLURALS: Final = {f"{precision}s": precision for precision in PRECISIONS}

# The rule `reservedWord` of the grammar: never an identifier unless quoted.
RESERVED: Final = frozenset(
    """aggregate all and as after before between case cast Code collapse Concept convert day days difference
    distinct duration during else exists expand false flatten from if in included is hour hours Interval let
    List maximum millisecond milliseconds minimum minute minutes month months not null occurs of or per point
    properly return same second seconds singleton sort such then to true Tuple week weeks when with within
    without year years""".split()  # noqa: SIM905 - words
)
# Keywords that may be identifiers, but not aliases of a query source.
KEYWORDS: Final = RESERVED | frozenset(
    """asc ascending bind by called code codesystem codesystems concept contains context conversion date default
    define desc descending display div end ends except explicit extends fluent function identifier implicit
    implies include includes intersect key label library meets mod on overlaps path parameter predecessor
    primary private public related retrievable start starting starts successor time timezoneoffset type union
    using valueset version where width xor ordered that ~in ~contains""".split()  # noqa: SIM905 - words
)
