"""The visits of a trial as they hold in an edition of its rules: days and windows, with what is known of them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.rulebook.visit_rules import rule_id
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.parameters import Effective
    from precise_cal.engine.rulebook.schedule_form import VisitEntry
    from precise_cal.protocol.report import ParameterStatus

_DAYS = ("target", "minus", "plus")


@immutable()
class Visit:
    """A visit: days are counted from the role `anchor` as day 0, `minus` and `plus` bound its window, both included.

    Attributes:
        status: how far the window can be trusted; that of the least certain of its days.
        modes: how it may take place; None for in any way.
    """

    id: str
    rule: str
    title: str
    anchor: str
    day: int
    minus: int
    plus: int
    status: ParameterStatus
    modes: tuple[str, ...] | None
    activities: tuple[str, ...]


def visits_of(loaded: Loaded, parameters: Mapping[str, Effective]) -> tuple[Visit, ...]:
    """The visits of the schedule; of a folder without one, those whose windows are named as parameters."""
    if loaded.schedule is None:
        return tuple(_by_names(loaded, parameters))
    file = loaded.schedule[0]
    return tuple(_visit(one, one.anchor or file.anchor, parameters) for one in file.visits)


def named_by_schedule(loaded: Loaded) -> Iterator[str]:
    """The parameters that the schedule names."""
    for one in loaded.schedule[0].visits if loaded.schedule else ():
        yield from (value for value in (one.target, one.minus, one.plus, one.modes) if isinstance(value, str))


def schedule_problems(loaded: Loaded, parameters: Mapping[str, Effective]) -> Iterator[tuple[Place | None, str]]:
    """What is wrong with the names and days of the schedule."""
    if loaded.schedule is None:
        return
    file, source = loaded.schedule
    rules = {rule.id for rules, _ in loaded.rules for rule in rules.rules}
    for index, one in enumerate(file.visits):
        for name, kind in (*((day, "integer") for day in _DAYS), ("modes", "words")):
            value = getattr(one, name)
            found = parameters.get(value) if isinstance(value, str) else None
            if isinstance(value, str) and (found is None or found.parameter.type != kind):
                text = message("{ $value } is no parameter of type { $kind }", value=value, kind=Verbatim(kind))
                yield source.place(("visits", index, name)), text
            number = found.value if found is not None else value
            if name in ("minus", "plus") and isinstance(number, int) and number < 0:
                yield (
                    source.place(("visits", index, name)),
                    message("{ $number }: a window has 0 days or more on either side", number=number),
                )
        if rule_id(one) not in rules:
            yield (
                source.place(("visits", index)),
                message(
                    "no rule judges the visit { $id }: { $rule_id } is none", id=Verbatim(one.id), rule_id=rule_id(one)
                ),
            )


def _visit(one: VisitEntry, anchor: str, parameters: Mapping[str, Effective]) -> Visit:
    named = [parameters[value] for value in (getattr(one, name) for name in _DAYS) if isinstance(value, str)]
    statuses: list[ParameterStatus] = [found.entry.status for found in named]
    day, minus, plus = (
        parameters[value].value if isinstance(value, str) else value for value in (getattr(one, name) for name in _DAYS)
    )
    status: ParameterStatus = (
        "assumed" if "assumed" in statuses else "confirmed" if "confirmed" in statuses else "registry"
    )
    modes = parameters[one.modes].value if isinstance(one.modes, str) else one.modes
    return Visit(
        id=one.id,
        rule=rule_id(one),
        title=one.title,
        anchor=anchor,
        day=day,
        minus=minus,
        plus=plus,
        status=status,
        modes=None if modes is None else tuple(modes),
        activities=tuple(one.activities),
    )


def _by_names(loaded: Loaded, parameters: Mapping[str, Effective]) -> Iterator[Visit]:
    """Of a folder of version 0.1: the parameters ``visit_x.day``, ``.minus``, ``.plus``, and who reads them."""
    for name, found in parameters.items():
        group, _, last = name.partition(".")
        window = [parameters.get(f"{group}.{part}") for part in ("minus", "plus")]
        rule = next((one for file, _ in loaded.rules for one in file.rules if name in str(one)), None)
        if group.startswith("visit_") and last == "day" and None not in window and rule is not None:
            minus, plus = (one for one in window if one is not None)
            yield Visit(
                id=group.removeprefix("visit_").upper(),
                rule=rule.id,
                title=rule.title,
                anchor="day_zero",
                day=found.value,
                minus=minus.value,
                plus=plus.value,
                status=plus.entry.status,
                modes=None,
                activities=(),
            )
