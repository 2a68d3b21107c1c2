"""Roles: what the house needs to know of any trial, each a CQL expression over the record (contract, section 7)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql.compile import compile_expression, evaluate
from precise_cal.engine.cql.environment import Environment
from precise_cal.engine.cql.errors import CqlError, Origin
from precise_cal.engine.cql.state import State
from precise_cal.engine.cql.types import BOOLEAN, DATE, DATE_TIME, STRING, StringType
from precise_cal.engine.record_types import classes_of, record_type
from precise_cal.engine.rulebook.errors import Place, RuleFileError
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.cql.types import Type
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.schema.tree import RecordSchema

_YES_OR_NO: Final = frozenset({"enrolled", "treated", "left"})
MOMENTS: Final = ("consented_at", "day_zero", "enrolled_at", "cutoff")
"""The roles that are dates or instants."""
_NAMES: Final = ("participant", "site", "study", "protocol_version", "arm")


def compiled_roles(loaded: Loaded, offset_minutes: int) -> dict[str, Compiled]:
    """The roles of a trial, by name.

    Raises:
        RuleFileError: an expression is wrong.
    """
    context = record_type(loaded.schema, offset_minutes)
    environment = Environment(context, classes=classes_of(context))
    found: dict[str, Compiled] = {}
    problems: list[tuple[Place | None, str]] = []
    for name, text in loaded.schema.roles.items():
        place = loaded.record.place(("roles", name))
        origin = Origin(place.file, place.line, place.column)
        expected = BOOLEAN if name in _YES_OR_NO else None
        try:
            found[name] = compile_expression(
                environment, text, expected=expected, source=origin.source, line=origin.line, column=origin.column
            )
        except CqlError as error:
            problems.append((place, error.message))
    problems += [
        (
            loaded.record.place(("roles", name)),
            message(
                "the role { $name } should be { $wanted }, not { $kind }",
                name=Verbatim(name),
                wanted=wanted,
                kind=Verbatim(found[name].type),
            ),
        )
        for names, wanted, fits in ((MOMENTS, "a date or an instant", _is_moment), (_NAMES, "a text", _is_text))
        for name in names
        if name in found and not fits(found[name].type)
    ]
    if problems:
        raise RuleFileError(problems)
    return found


def _is_moment(kind: Type) -> bool:
    return kind in (DATE, DATE_TIME)


def _is_text(kind: Type) -> bool:
    return kind is STRING or isinstance(kind, StringType)


def role_reader(
    schema: RecordSchema, name: str, compiled: Callable[[], Mapping[str, Compiled]], offset_minutes: int
) -> Callable[[Part], Any]:
    """What reads a role of records, as recorded where it is one field; None is unknown, and of no such role.

    Args:
        schema: of the records.
        name: the role.
        compiled: the roles of the trial; asked for only where this one is more than a field.
        offset_minutes: the clock of the study.
    """
    if schema.role_path(name) is not None or name not in schema.roles:
        return field_reader(schema, name)
    role = compiled()[name]
    return lambda record: evaluate(role, State(record=record, utc_offset_minutes=offset_minutes))


def field_reader(schema: RecordSchema, name: str) -> Callable[[Part], Any]:
    """What reads a role of records that is one field; None of every record, where it is not."""
    path = schema.role_path(name)
    if path is None:
        return lambda _record: None
    steps = [schema.field(path[: place + 1]) for place in range(len(path))]
    attributes = [step.attribute for step in steps if step is not None]

    def read(record: Part) -> Any:
        value: Any = record
        for attribute in attributes:
            value = None if value is None else getattr(value, attribute)
        return value

    return read


def role_values(
    roles: Mapping[str, Compiled], names: Iterable[str], record: Part, offset_minutes: int
) -> dict[str, Any]:
    """The values of roles for a record; None where one is unknown, or where the trial has no such role."""
    state = State(record=record, utc_offset_minutes=offset_minutes)
    return {name: evaluate(roles[name], state) if name in roles else None for name in names}
