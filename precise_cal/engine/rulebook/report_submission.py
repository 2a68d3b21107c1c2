"""Rows of datasets, from ``submission`` in ``report.yaml``: expressions over the record, or over items of a list."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql.compile import evaluate
from precise_cal.engine.cql.state import State
from precise_cal.engine.cql.values import Uncertainty
from precise_cal.engine.rulebook.report_rows import Bound, environment_of, parts_on
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.near import hint
from precise_cal.protocol.sdtm import datasets
from precise_cal.protocol.walk import reached

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping, Sequence

    from precise_cal.engine.cql.environment import Compiled, Environment, FunctionSource
    from precise_cal.engine.cql.types import ClassType
    from precise_cal.engine.rulebook.submission_form import CollectedEntry, SubmissionEntry
    from precise_cal.engine.rulebook.yaml_source import Location
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.schema.tree import FieldSchema, RecordSchema

    Compile = Callable[[Environment, str, str, Location], Compiled | None]

WHEN: Final = "when"
_HERE: Final = ("submission", "domains")


@immutable()
class Collected:
    """Rows of one dataset, with their expressions compiled.

    Attributes:
        dataset: its name.
        fields: those that lead to the item that makes a row; none for a row of the participant.
        when: the row is written only where this is true.
        variables: an expression for each variable.
    """

    dataset: str
    fields: tuple[FieldSchema, ...]
    when: Compiled | None
    variables: Mapping[str, Compiled]

    def rows(self, record: Part, offset_minutes: int) -> Iterator[dict[str, Any]]:
        """Values by variable, what is unknown left out."""
        for _, _, items in reached(record, self.fields):
            state = State(record=Bound(record, items), utc_offset_minutes=offset_minutes)
            if self.when is None or evaluate(self.when, state) is True:
                found = {name: evaluate(one, state) for name, one in self.variables.items()}
                yield {name: value for name, value in found.items() if _is_known(value)}


def _is_known(value: Any) -> bool:
    """Whether a value is one: not null, and no range between two that partial dates leave open."""
    return value is not None and not isinstance(value, Uncertainty)


def collected_of(
    entry: SubmissionEntry,
    schema: RecordSchema,
    record: ClassType,
    classes: Mapping[str, ClassType],
    functions: tuple[FunctionSource, ...],
    compile_: Compile,
) -> tuple[Collected, ...]:
    """What datasets take from the record. `compile_` notes what is wrong with an expression."""

    def made(name: str, place: int, one: CollectedEntry) -> Collected:
        fields = _fields(one.each, schema) or ()
        environment = environment_of(record, classes, functions, parts_on(fields))
        here: Location = (*_HERE, name, place)
        compiled = {
            variable: compile_(environment, text, "", (*here, "variables", variable))
            for variable, text in one.variables.items()
        }
        when = compile_(environment, one.when, WHEN, (*here, WHEN)) if one.when else None
        return Collected(name, fields, when, {key: value for key, value in compiled.items() if value is not None})

    return tuple(made(name, place, one) for name, several in entry.domains.items() for place, one in enumerate(several))


def submission_problems(entry: SubmissionEntry, schema: RecordSchema) -> Iterator[tuple[Location, str]]:
    """Every dataset, variable and path that there is not, with its place."""
    known = datasets()
    for name, several in entry.domains.items():
        if name not in known or name in _FOLLOWING:
            names = [one for one in known if known[one].is_general or one == _ADDED]
            yield (*_HERE, name), _lacks("dataset that takes values of the record", name, names)
            continue
        variables = known[name].names
        for place, one in enumerate(several):
            if one.each is not None and _fields(one.each, schema) is None:
                yield (
                    (*_HERE, name, place, "each"),
                    message('"{ $each }" is no list or part of the record', each=one.each),
                )
            for variable in one.variables:
                if variable not in variables:
                    yield (
                        (*_HERE, name, place, "variables", variable),
                        _lacks(message("variable of { $name }", name=Verbatim(name)), variable, variables),
                    )
    for index, pair in enumerate(entry.linked):
        for name in pair:
            if name not in entry.domains and name not in _READ_ELSEWHERE:
                yield ("submission", "linked", index), _lacks("dataset among domains", name, entry.domains)


_ADDED: Final = "DM"
_READ_ELSEWHERE: Final = ("CE",)
_FOLLOWING: Final = ("DI", "DS", "DV", "IE", "RELREC", "SE", "SUPPQUAL", "SV", "TA", "TE", "TI", "TS", "TV")
"""Datasets that follow from rules, roles and visits; their rows are nobody's to declare."""


def _fields(path: str | None, schema: RecordSchema) -> tuple[FieldSchema, ...] | None:
    """The fields along a path to a list or part; none where there is no such path."""
    if path is None:
        return ()
    steps = tuple(path.split("."))
    last = schema.field(steps)
    return tuple(schema.root.along(steps)) if last is not None and last.part is not None else None


def _lacks(kind: str, name: str, known: Sequence[str] | Mapping[str, object]) -> str:
    names = sorted(known)
    otherwise = message("; known: { $value }", value=", ".join(names) or "none")
    return message(
        '"{ $name }" is no { $kind }{ $hint }', name=name, kind=Verbatim(kind), hint=hint(name, names, otherwise)
    )
