"""The rule of a visit in a trial that writes none of its own, made from ``schedule.yaml`` and the roles."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.rulebook.visit_rules import blanks, code, contact_of, declared_moment, filled, rule_id
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.verdicts import APPLIES_WHEN, COMPLIANT_WHEN, DUE_WHEN

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.schedule_form import ContactsEntry, ScheduleFile, VisitEntry
    from precise_cal.engine.rulebook.yaml_source import Location, YamlFile
    from precise_cal.protocol.schema.tree import PartSchema, RecordSchema

    Problems = list[tuple[Place | None, str]]

_KINDS: Final = {"date": ("date", "instant")}
_NAMES: Final = ("words", "text", "identifier")
"""The types of the other fields of a contact."""


def default_rules(schedule: ScheduleFile, source: YamlFile, schema: RecordSchema, problems: Problems) -> YamlFile:
    """A rule file with one rule for each visit, at the places of ``schedule.yaml``."""
    found = [(source.place(where), text) for where, text in _problems(schedule, schema)]
    problems += found
    contacts = schedule.contacts
    rules = [_rule(schedule, contacts, visit, schema) for visit in schedule.visits] if contacts and not found else []
    places: dict[Location, Place] = {("rules", index): source.place(("visits", index)) for index in range(len(rules))}
    return replace(source, data={"rules": rules}, places=places)


def _problems(schedule: ScheduleFile, schema: RecordSchema) -> Iterator[tuple[Location, str]]:
    contacts = schedule.contacts
    if contacts is None:
        yield ("visits",), "no rule with `each: visit` judges these visits: add one to events.yaml, or `contacts` here"
        return
    field = schema.field(tuple(contacts.list_.split(".")))
    part = field.rows if field else None
    if part is None:
        yield ("contacts", "list"), message('"{ $list }" is no list of parts of the record', list=contacts.list_)
        return
    for name in ("visit", "status", "date", "mode"):
        held = getattr(contacts, name)
        if held is not None and held not in part.by_name:
            yield (
                ("contacts", name),
                message(
                    '"{ $held }" is no field of { $list }; there are { $by_name }',
                    held=held,
                    list=Verbatim(contacts.list_),
                    by_name=Verbatim(", ".join(part.by_name)),
                ),
            )
        elif held is not None and part.by_name[held].type.kind not in _KINDS.get(name, _NAMES):
            yield (
                ("contacts", name),
                message(
                    "{ $held } is of the type { $kind }; { $name } is of { $kinds }",
                    held=Verbatim(held),
                    kind=Verbatim(part.by_name[held].type.kind),
                    name=Verbatim(name),
                    kinds=Verbatim(", ".join(_KINDS.get(name, _NAMES))),
                ),
            )
    yield from _unsaid(schedule, contacts, part)
    known = part.by_name[contacts.visit].words if contacts.visit in part.by_name else ()
    for index, visit in enumerate(schedule.visits):
        if known and visit.id not in known:
            yield (
                ("visits", index, "id"),
                message(
                    "the record never says { $id }; it says { $known }",
                    id=Verbatim(visit.id),
                    known=Verbatim(", ".join(known)),
                ),
            )
        if (visit.anchor or schedule.anchor) not in schema.roles:
            yield (
                ("visits", index),
                message("the trial has no role { $value } to count days from", value=visit.anchor or schedule.anchor),
            )
        if visit.modes is not None and contacts.mode is None:
            yield ("visits", index, "modes"), "contacts does not say which field holds how a contact took place (mode)"


def _unsaid(schedule: ScheduleFile, contacts: ContactsEntry, part: PartSchema) -> Iterator[tuple[Location, str]]:
    """Words that the status of a contact never is, and ways in which none takes place."""
    named: list[tuple[str | None, Location, str]] = [(contacts.status, ("contacts", "done"), contacts.done)]
    named += [(contacts.status, ("contacts", "excused", index), word) for index, word in enumerate(contacts.excused)]
    for index, visit in enumerate(schedule.visits):
        modes = visit.modes if isinstance(visit.modes, list) else []
        named += [(contacts.mode, ("visits", index, "modes", number), one) for number, one in enumerate(modes)]
    for field, where, word in named:
        words = part.by_name[field].words if field is not None and field in part.by_name else ()
        if words and word not in words:
            yield (
                where,
                message(
                    "{ $field } is never { $word }; it is one of { $words }",
                    field=Verbatim(field),
                    word=Verbatim(word),
                    words=Verbatim(", ".join(words)),
                ),
            )


def _rule(
    schedule: ScheduleFile, contacts: ContactsEntry | None, visit: VisitEntry, schema: RecordSchema
) -> dict[str, Any]:
    assert contacts is not None
    text = _Texts(schedule, contacts, visit, schema)
    own = {
        name: value for name in ("title", "quote", "source", "ambiguities", "ask") if (value := getattr(visit, name))
    }
    assumed = [one for one in (visit.target, visit.minus, visit.plus) if isinstance(one, str)]
    late = f"{text.owed} and {text.over}"
    notice = {
        "code": "PROVISIONAL_WINDOW",
        "text": "judged against an assumed window; the sponsor has not confirmed it",
        "when": f"{text.owed} and ({text.took_place} or {text.over})",
        "if_assumed": assumed,
    }
    findings = [
        {"code": f"VISIT_{code(visit)}_NOT_DONE", "when": f"{late} and not {text.took_place}"},
        {
            "code": f"VISIT_{code(visit)}_OUT_OF_WINDOW",
            "when": f"{late} and {text.took_place} and not {text.in_window}",
            "at": f"First({contacts.list_} V where {text.contact} return V.{contacts.date})",
        },
    ]
    if visit.modes is not None:
        other = f"{late} and {text.in_window} and not {text.as_planned}"
        findings.append({"code": f"VISIT_{code(visit)}_IN_ANOTHER_WAY", "when": other})
    return {
        "id": rule_id(visit),
        "kind": "conduct",
        **own,
        **filled(declared_moment({}, schedule, visit, schema), blanks(visit)),
        APPLIES_WHEN: text.owed,
        DUE_WHEN: f"({text.open} and {text.as_planned}) or {text.over}",
        COMPLIANT_WHEN: text.as_planned,
        "findings": findings,
        "notices": [notice] if assumed else [],
    }


class _Texts:
    """The conditions of a visit. None of them can hold of a contact before its window opens, whatever is unknown."""

    def __init__(
        self, schedule: ScheduleFile, contacts: ContactsEntry, visit: VisitEntry, schema: RecordSchema
    ) -> None:
        words = blanks(visit)
        anchor = f"date from ({schema.roles[visit.anchor or schedule.anchor]})"
        first, last = f"{words['target']} - {words['minus']}", f"{words['target']} + {words['plus']}"
        today = f"difference in days between {anchor} and (date from Now())"
        day = f"difference in days between {anchor} and V.{contacts.date}"
        mode = f"V.{contacts.mode}"
        by_mode = "" if visit.modes is None else f" and (if {mode} is null then null else {mode} in {words['modes']})"
        named = f"V.{contacts.visit} = '{visit.id}'"
        self.contact = contact_of(contacts, visit)
        within = f"({day}) >= {first} and ({day}) <= {last}"
        self._list = contacts.list_
        self.open = f"(({today}) >= {first})"
        self.over = f"(({today}) > {last})"
        self.took_place = self._some(self.contact)
        self.in_window = self._some(f"{self.contact} and {within}")
        self.as_planned = self._some(f"{self.contact} and {within}{by_mode}")
        excused = [f"({named} and V.{contacts.status} = '{one}')" for one in contacts.excused]
        self.owed = " and ".join(self._owed(schedule, schema, anchor, last, excused))

    def _owed(
        self, schedule: ScheduleFile, schema: RecordSchema, anchor: str, last: str, excused: list[str]
    ) -> Iterator[str]:
        """Of whoever is enrolled and began, unless it is excused, or participation ended before its last day."""
        if "enrolled" in schema.roles:
            yield f"({schema.roles['enrolled']})"
        yield f"{anchor} is not null"
        reasons = [self._some(" or ".join(excused))] if excused else []
        if "left" in schema.roles:
            at = (
                f"difference in days between {anchor} and (date from ({schedule.left_at}))"
                if schedule.left_at
                else "null"
            )
            reasons.append(f"(({schema.roles['left']}) and ({at}) <= {last})")
        if reasons:  # before its time, only what is known excuses
            excuse = f"({' or '.join(reasons)})"
            yield f"({self.took_place} or not (if {self.over} then {excuse} else {excuse} is true))"

    def _some(self, condition: str) -> str:
        return f"({self._list} V aggregate found starting false: found or ({condition}))"
