"""What ``report.yaml`` says where it says nothing: it follows from the record's form, its roles, and the deviations."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.engine.rulebook.report_form import ContactEntry, LaneEntry, ReportFile, StepEntry

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.protocol.schema.tree import FieldSchema, RecordSchema

_LANE: Final = 14
"""Characters that the name of a lane has room for."""
DONE: Final = "done"
"""What the status of a contact is called that took place, where report.yaml does not say."""
_NEAR: Final = "Day >= -30 and Day <= 400"


def with_defaults(file: ReportFile | None, loaded: Loaded) -> ReportFile:
    """The file with what it leaves out."""
    file = file or ReportFile()
    schema, course, facts = loaded.schema, file.course, file.facts
    dates = list(_dates(schema))
    contacts = file.contacts or _contacts(loaded)
    after = [one for one in dates if contacts is None or ".".join(one[0]) != contacts.at]
    course = course.model_copy(
        update={
            "table": [_step(*one) for one in dates] if course.table is None else course.table,
            "day": [_lane(*one) for one in dates if _is_instant(one)] if course.day is None else course.day,
            "year": [_lane(*one, _NEAR) for one in after] if course.year is None else course.year,
        }
    )
    roles = schema.roles
    facts = facts.model_copy(
        update={
            "participation": facts.participation or _where_the_participant_stands(roles.get("left")),
            "consented": facts.consented or _is_known(roles.get("consented_at")),
        }
    )
    gate = list(_of_gate(file, schema)) if file.gate is None else file.gate
    return file.model_copy(update={"course": course, "facts": facts, "contacts": contacts, "gate": gate})


def _contacts(loaded: Loaded) -> ContactEntry | None:
    """The list whose items name the visits that parameters plan, say whether they were done, and when."""
    groups = [one.id.split(".")[0] for one in loaded.protocol.parameters if one.id.endswith(".day")]
    planned = {group.removeprefix("visit_").upper() for group in groups}
    for path, one in loaded.schema.walk():
        if one.rows is not None:
            fields, name = one.rows.fields, one.rows.name
            visit = next((field.name for field in fields if planned.intersection(field.words)), None)
            status = next((field.name for field in fields if DONE in field.words), None)
            date = next((field.name for field in fields if field.is_moment), None)
            if visit and status and date:
                return ContactEntry(
                    at=".".join((*path, date)),
                    visit=f"{name}.{visit}",
                    done=f"{name}.{status} = '{DONE}'",
                    status=f"{name}.{status}",
                )
    return None


def _where_the_participant_stands(left: str | None) -> str | None:
    cases = f"when ({left}) is true then 'left' when ({left}) is false then 'on study'"
    return None if left is None else f"case {cases} else null as String end"


def _is_known(moment: str | None) -> str | None:
    return None if moment is None else f"({moment}) is not null"


_Dated = tuple[tuple[str, ...], tuple["FieldSchema", ...]]


def _dates(schema: RecordSchema) -> Iterator[_Dated]:
    """Every date and instant of the record but its cut-off, with the fields that lead to it."""
    for path, one in schema.walk():
        if one.is_moment and ".".join(path) != schema.roles.get("cutoff"):
            yield path, schema.root.along(path)


def _is_instant(dated: _Dated) -> bool:
    return dated[1][-1].type.kind == "instant"


def _of_gate(file: ReportFile, schema: RecordSchema) -> Iterator[StepEntry]:
    """The moments that any trial has, where they are fields: consent, day zero, enrollment."""
    for role, what in (("consented_at", "consent"), ("day_zero", file.day_zero), ("enrolled_at", "enrollment")):
        path = schema.role_path(role)
        if path is not None:
            yield StepEntry(at=".".join(path), what=what)


def _step(path: tuple[str, ...], fields: tuple[FieldSchema, ...]) -> StepEntry:
    about = (fields[-1].about or path[-1]).split(";")[0]
    return StepEntry(
        at=".".join(path), when=f"{_owner(path, fields)}{path[-1]} is not null", what=about, words=_beside(path, fields)
    )


def _lane(path: tuple[str, ...], fields: tuple[FieldSchema, ...], when: str | None = None) -> LaneEntry:
    name = (path[-2] if len(path) > 1 else path[-1]).replace("_", " ")
    shown = name if len(name) <= _LANE else f"{name[: _LANE - 1]}…"
    return LaneEntry(at=".".join(path), lane=shown, words=_beside(path, fields), when=when)


def _owner(path: tuple[str, ...], fields: tuple[FieldSchema, ...]) -> str:
    """What leads to the part that holds a date, in an expression: from the last item of a list, else from all."""
    for place in range(len(fields) - 2, -1, -1):
        part = fields[place].rows
        if part is not None:
            return ".".join((part.name, *path[place + 1 : -1], ""))
    return ".".join((*path[:-1], ""))


def _beside(path: tuple[str, ...], fields: tuple[FieldSchema, ...]) -> list[str]:
    """The words and identifiers that stand beside a date."""
    part = fields[-2].part if len(fields) > 1 else None
    beside = part.fields if part else ()
    kinds = ("words", "identifier")
    return [
        f"ReplaceMatches({_owner(path, fields)}{one.name}, '_', ' ')"
        for one in beside
        if one.type.kind in kinds and not one.alternatives
    ]
