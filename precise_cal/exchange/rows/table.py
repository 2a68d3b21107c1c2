"""What tables of cells have in common: a header that names columns, and rows under it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.exchange.errors import ExchangeError
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Sequence


def column_names(header: Sequence[str], where: str) -> list[str]:
    """The names of columns, blanks around them removed.

    Raises:
        ExchangeError: a name is empty or stands twice.
    """
    names = [name.strip() for name in header]
    while names and not names[-1]:
        names.pop()
    for place, name in enumerate(names, 1):
        if not name:
            raise ExchangeError(message("{ $where }: column { $place } has no name", where=where, place=place))
        if name in names[: place - 1]:
            first = names.index(name) + 1
            raise ExchangeError(
                message(
                    '{ $where }: columns { $first } and { $place } are both called "{ $name }"',
                    where=where,
                    first=Verbatim(first),
                    place=place,
                    name=name,
                )
            )
    if not names:
        raise ExchangeError(message("{ $where }: has no names of columns", where=where))
    return names
