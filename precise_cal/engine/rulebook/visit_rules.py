"""One rule for each visit: a rule with `each: visit` is written once, and stands for one rule of every visit."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.schedule_form import ContactsEntry, ScheduleFile, VisitEntry
    from precise_cal.engine.rulebook.yaml_source import Location, YamlFile
    from precise_cal.protocol.schema.tree import RecordSchema

    Problems = list[tuple[Place | None, str]]

EACH: Final = "each"
ONLY: Final = "visits"
"""The key of a finding, notice, query or sentence of such a rule that only some visits have."""
_LISTS: Final = ("findings", "notices", "queries", "says")
_OF_VISIT: Final = ("title", "quote", "source", "ambiguities", "ask")
_BLANK: Final = re.compile(r"\{(id|code|rule|title|target|minus|plus|modes)\}")
_NUMBER: Final = re.compile(r"-?\d+")


def rule_id(visit: VisitEntry) -> str:
    """The id of the rule of a visit."""
    return visit.rule or f"VISIT-{code(visit).replace('_', '-')}"


def code(visit: VisitEntry) -> str:
    """The id of a visit as a part of codes."""
    return re.sub(r"[^A-Z0-9]+", "_", visit.id.upper()).strip("_")


def double_visits(schedule: ScheduleFile, source: YamlFile) -> Iterator[tuple[Place, str]]:
    """Visits of one id, or with one rule: each has its own."""
    of: dict[tuple[str, str], Place] = {}
    for index, one in enumerate(schedule.visits):
        for key, name in (("id", one.id), ("rule", rule_id(one))):
            place = source.place(("visits", index, key))
            first = of.setdefault((key, name), place)
            if first is not place:
                of_id = "the visit { $name } stands twice: also at { $first }; each visit has its own id"
                of_rule = "the rule { $name } of a visit stands twice: also at { $first }; each visit has its own rule"
                text = of_id if key == "id" else of_rule
                yield place, message(text, name=Verbatim(name), first=Verbatim(first))
                break


def has_visit_rule(source: YamlFile) -> bool:
    """Whether a file has a rule with `each: visit`."""
    return any(isinstance(one, dict) and EACH in one for one in _rules(source))


def with_visit_rules(
    source: YamlFile, schedule: ScheduleFile | None, schema: RecordSchema | None, problems: Problems
) -> YamlFile:
    """The same file, in which a rule with `each: visit` is replaced by the rules of all visits."""
    if not has_visit_rule(source):
        return source
    rules: list[Any] = []
    origins: dict[Location, list[Location]] = {}
    for index, one in enumerate(_rules(source)):
        here = ("rules", index)
        is_each = isinstance(one, dict) and EACH in one
        if is_each and (one[EACH] != "visit" or schedule is None):
            text = (
                '"each" is "visit": of those of schedule.yaml' if schedule else "there is no schedule.yaml with visits"
            )
            problems.append((source.place((*here, EACH)), text))
            continue
        if is_each and schedule:
            problems += [(source.place((*here, *where)), text) for where, text in _strange_visits(one, schedule)]
        for visit in schedule.visits if is_each and schedule else (None,):
            there: Location = ("rules", len(rules))
            origins.setdefault(here, []).append(there)
            if visit is None or schedule is None:
                rules.append(one)
            else:
                moment = declared_moment(one, schedule, visit, schema)
                rules.append(_of_visit({**one, **moment}, visit, here, there, origins))
    return replace(source, data={**source.data, "rules": rules}, places=_moved(source.places, origins))


def _rules(source: YamlFile) -> list[Any]:
    found = source.data.get("rules") if isinstance(source.data, dict) else None
    return found if isinstance(found, list) else []


def _of_visit(
    template: Mapping[str, Any],
    visit: VisitEntry,
    here: Location,
    there: Location,
    origins: dict[Location, list[Location]],
) -> dict[str, Any]:
    """The rule of one visit."""
    stated = {name: value for name in _OF_VISIT if (value := getattr(visit, name))}
    body = {**stated, **{name: value for name, value in template.items() if name != EACH}}
    for name in _LISTS:
        if isinstance(body.get(name), list):
            kept = [(i, one) for i, one in enumerate(body[name]) if _is_of(one, visit)]
            body[name] = [
                {k: v for k, v in one.items() if k != ONLY} if isinstance(one, dict) else one for _, one in kept
            ]
            for new, (old, _) in enumerate(kept):
                origins.setdefault((*here, name, old), []).append((*there, name, new))
    made: dict[str, Any] = filled(body, blanks(visit))
    return {"id": rule_id(visit), **made}


def declared_moment(
    rule: Mapping[str, Any], schedule: ScheduleFile, visit: VisitEntry, schema: RecordSchema | None
) -> dict[str, Any]:
    """The moment that chooses the version by which a visit is judged: as the rule has it, its visit, or the schedule.

    At a visit it is, where nothing else is said, the day of its contact, else the last day of its window.
    """
    levels = [(rule.get("at"), rule.get("visit_on")), (visit.at, visit.visit_on), (schedule.at, schedule.visit_on)]
    declared = next((place for place, (at, _) in enumerate(levels) if at is not None), len(levels))
    at = levels[declared][0] if declared < len(levels) else None
    dated = next(
        (on for place, (_, on) in enumerate(levels) if on is not None and (at == "visit" or place <= declared)), None
    )
    if dated is None and at == "visit":
        dated = _day_of(schedule, visit, schema)
    return {name: value for name, value in (("at", at), ("visit_on", dated)) if value is not None}


def _day_of(schedule: ScheduleFile, visit: VisitEntry, schema: RecordSchema | None) -> str | None:
    contacts, anchor = schedule.contacts, visit.anchor or schedule.anchor
    if contacts is None or schema is None or anchor not in schema.roles:
        return None
    day = f"First({contacts.list_} V where {contact_of(contacts, visit)} return date from V.{contacts.date})"
    return f"Coalesce({day}, (date from ({schema.roles[anchor]})) + ({{target}} + {{plus}}) * 1 day)"


def contact_of(contacts: ContactsEntry, visit: VisitEntry) -> str:
    """The condition that an item `V` of the list is a contact of a visit that took place."""
    done = f" and V.{contacts.status} = '{contacts.done}'" if contacts.status else ""
    return f"(V.{contacts.visit} = '{visit.id}'{done})"


def _strange_visits(template: Mapping[str, Any], schedule: ScheduleFile) -> Iterator[tuple[Location, str]]:
    """Names of visits that the schedule does not have: what is only theirs would be nobody's."""
    known = [one.id for one in schedule.visits]
    for name in _LISTS:
        entries = template.get(name)
        for index, one in enumerate(entries if isinstance(entries, list) else ()):
            named = one.get(ONLY, []) if isinstance(one, dict) else []
            for visit in named if isinstance(named, list) else [named]:
                if visit not in known:
                    yield (
                        (name, index, ONLY),
                        message(
                            "{ $visit } is no visit of schedule.yaml; there are { $known }",
                            visit=visit,
                            known=Verbatim(", ".join(known)),
                        ),
                    )


def _is_of(one: Any, visit: VisitEntry) -> bool:
    return not isinstance(one, dict) or visit.id in one.get(ONLY, (visit.id,))


def blanks(visit: VisitEntry) -> dict[str, str]:
    """What stands for the visit in texts and conditions: words as CQL text, parameters by their names."""
    modes = visit.modes
    listed = "{" + ", ".join(f"'{one}'" for one in modes) + "}" if isinstance(modes, list) else str(modes)
    days = {name: str(getattr(visit, name)) for name in ("target", "minus", "plus")}
    own = {"id": visit.id, "code": code(visit), "rule": rule_id(visit), "title": visit.title}
    return {**own, **days, "modes": "null" if modes is None else listed}


def filled(value: Any, words: Mapping[str, str]) -> Any:
    """The same text, list or object, with its blanks filled."""
    if isinstance(value, str):
        return _BLANK.sub(lambda found: words[found[1]], value)
    if isinstance(value, list):
        return [filled(one, words) for one in value]
    if isinstance(value, dict):
        made = {name: filled(one, words) for name, one in value.items()}
        if isinstance(made.get("if_assumed"), list):  # a number is nobody's assumption
            made["if_assumed"] = [one for one in made["if_assumed"] if not _NUMBER.fullmatch(str(one))]
        return made
    return value


def _moved(places: Mapping[Location, Place], origins: Mapping[Location, list[Location]]) -> dict[Location, Place]:
    """The places of a file whose rules stand elsewhere in its data than they are written."""
    return {there: place for here, place in places.items() for there in _targets(here, origins)}


def _targets(here: Location, origins: Mapping[Location, list[Location]]) -> Iterator[Location]:
    if here[:1] != ("rules",) or len(here) < 2:
        yield here
        return
    inner = origins.get(here[:4]) if len(here) >= 4 else None
    if inner is not None:
        yield from ((*there, *here[4:]) for there in inner)
        return
    yield from ((*there, *here[2:]) for there in origins.get(here[:2], ()))
