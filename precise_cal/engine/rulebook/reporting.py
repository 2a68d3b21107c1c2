"""What documents say of a trial, from ``report.yaml``: rows compiled against the record, names held to the rules."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final, Literal

from precise_cal.engine.cql.compile import compile_expression, evaluate
from precise_cal.engine.cql.environment import Environment, FunctionSource
from precise_cal.engine.cql.errors import CqlError, Origin
from precise_cal.engine.cql.state import State
from precise_cal.engine.cql.types import BOOLEAN, QUANTITY, STRING, Type
from precise_cal.engine.record_types import classes_of, record_type
from precise_cal.engine.rulebook.chronology import path_problems
from precise_cal.engine.rulebook.errors import Place, RuleFileError
from precise_cal.engine.rulebook.report_defaults import with_defaults
from precise_cal.engine.rulebook.report_form import LaneEntry, StepEntry
from precise_cal.engine.rulebook.report_names import name_problems
from precise_cal.engine.rulebook.report_rows import Row, environment_of, parts_on, readings
from precise_cal.engine.rulebook.report_submission import collected_of, submission_problems
from precise_cal.engine.rulebook.trial_folder import REPORT
from precise_cal.language.catalog import message
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.report_form import ReportFile, RowEntry
    from precise_cal.engine.rulebook.report_rows import Reading
    from precise_cal.engine.rulebook.report_submission import Collected
    from precise_cal.engine.rulebook.yaml_source import Location, YamlFile
    from precise_cal.protocol.part import Part
    from precise_cal.protocol.temporal import Date, DateTime

Kind = Literal["table", "day", "year", "contacts", "markers", "events", "gate"]
_TYPES: Final[Mapping[str, Type]] = {
    "when": BOOLEAN,
    "loud": BOOLEAN,
    "done": BOOLEAN,
    "value": QUANTITY,
    "limit": QUANTITY,
    "visit": STRING,
    "status": STRING,
    "mode": STRING,
    "id": STRING,
    "term": STRING,
    "adjudication": STRING,
    "participation": STRING,
    "ended": STRING,
    "consented": BOOLEAN,
}
"""The expressions of rows and facts, with their types; `words` may be of any."""


@immutable()
class Reporting:
    """What documents say of a trial.

    Attributes:
        file: as written, with its defaults.
        rows: what is read of a record, by kind.
        facts: expressions about the participant, by name.
        collected: what datasets take from a record.
    """

    file: ReportFile
    rows: Mapping[Kind, tuple[Row, ...]]
    facts: Mapping[str, Compiled]
    collected: tuple[Collected, ...] = ()

    def read(self, kind: Kind, record: Part, day_zero: Date | DateTime | None, offset_minutes: int) -> list[Reading]:
        """The rows of one kind for a record, in the order of the file."""
        return readings(self.rows[kind], record, day_zero, offset_minutes)

    def fact(self, name: str, record: Part, offset_minutes: int) -> Any:
        """The value of a fact; None where it is unknown or the file has none."""
        state = State(record=record, utc_offset_minutes=offset_minutes)
        return evaluate(self.facts[name], state) if name in self.facts else None


def reporting_of(loaded: Loaded, offset_minutes: int) -> Reporting:
    """What documents say of a trial.

    Raises:
        RuleFileError: an expression is wrong, or a name stands for nothing; all is told at once.
    """
    return _Compiler(loaded, offset_minutes).reporting()


class _Compiler:
    def __init__(self, loaded: Loaded, offset_minutes: int) -> None:
        self.loaded = loaded
        self.source: YamlFile = loaded.report[1] if loaded.report else loaded.record
        self.record = record_type(loaded.schema, offset_minutes)
        self.classes = classes_of(self.record)
        self.file = with_defaults(loaded.report[0] if loaded.report else None, loaded)
        self.problems: list[tuple[Place | None, str]] = []
        self.functions = tuple(
            FunctionSource(name, (("word", "String"),), _cases(words), self._origin((*here, name)))
            for here, given in ((("words",), self.file.words), (("submission", "terms"), self.file.submission.terms))
            for name, words in given.items()
        )

    def reporting(self) -> Reporting:
        file, course = self.file, self.file.course
        rows: dict[Kind, tuple[Row, ...]] = {
            "table": self._rows(course.table or (), ("course", "table")),
            "day": self._rows(course.day or (), ("course", "day")),
            "year": self._rows(course.year or (), ("course", "year")),
            "gate": self._rows(file.gate or (), ("gate",)),
            "contacts": self._single(file.contacts, "contacts"),
            "markers": self._single(file.markers, "markers"),
            "events": self._single(file.events, "events"),
        }
        environment = Environment(self.record, functions=self.functions, classes=self.classes)
        given = {name: getattr(file.facts, name) for name in ("participation", "ended", "consented")}
        facts = {
            name: compiled
            for name, text in given.items()
            if text is not None and (compiled := self._compile(environment, text, name, ("facts", name)))
        }
        if self.loaded.report is not None and self.loaded.has(REPORT):
            self.problems += name_problems(self.file, self.source, self.loaded)
        collected = self._collected()
        if self.problems:
            raise RuleFileError(list(dict.fromkeys(self.problems)))
        return Reporting(file, rows, facts, collected)

    def _collected(self) -> tuple[Collected, ...]:
        entry, schema = self.file.submission, self.loaded.schema
        wrong = list(submission_problems(entry, schema))
        self.problems += [(self.source.place(here), text) for here, text in wrong]
        if wrong:
            return ()
        return collected_of(entry, schema, self.record, self.classes, self.functions, self._compile)

    def _single(self, entry: RowEntry | None, name: str) -> tuple[Row, ...]:
        row = None if entry is None else self._row(entry, (name,))
        return () if row is None else (row,)

    def _rows(self, entries: Iterable[RowEntry], here: Location) -> tuple[Row, ...]:
        found = (self._row(entry, (*here, index)) for index, entry in enumerate(entries))
        return tuple(row for row in found if row is not None)

    def _row(self, entry: RowEntry, here: Location) -> Row | None:
        schema = self.loaded.schema
        wrong = list(path_problems(entry.at, entry.where, schema))
        path = tuple(entry.at.split("."))
        until = entry.until if isinstance(entry, LaneEntry) else None
        if until is not None and not wrong:
            wrong = list(path_problems(".".join((*path[:-1], until)), {}, schema))
        source = entry.source if isinstance(entry, StepEntry) else None
        if source is not None and schema.field(tuple(source.split("."))) is None:
            wrong.append(message('"{ $source }" is no field of the record', source=source))
        self.problems += [(self.source.place((*here, "at")), text) for text in wrong]
        if wrong:
            return None
        fields = schema.root.along(path)
        environment = environment_of(self.record, self.classes, self.functions, parts_on(fields))
        owner = fields[-2].part if len(fields) > 1 else schema.root
        beside = owner.by_name if owner else {}
        return Row(
            path=path,
            fields=fields,
            until=beside[until] if until else None,
            where=tuple((name, _words(words)) for name, words in entry.where.items()),
            source=tuple(source.split(".")) if source else None,
            texts={name: str(getattr(entry, name)) for name in _TEXTS if hasattr(entry, name)},
            values=self._values(entry, environment, here),
        )

    def _values(self, entry: RowEntry, environment: Environment, here: Location) -> dict[str, tuple[Compiled, ...]]:
        found: dict[str, tuple[Compiled, ...]] = {}
        for name in ("words", *_TYPES):
            given = getattr(entry, name, None)
            texts: Mapping[Location, str] = {}
            if isinstance(given, str):
                texts = {(*here, name): given}
            elif isinstance(given, list):
                texts = {(*here, name, place): text for place, text in enumerate(given)}
            compiled = [self._compile(environment, text, name, place) for place, text in texts.items()]
            if texts:
                found[name] = tuple(one for one in compiled if one is not None)
        return found

    def _compile(self, environment: Environment, text: str, name: str, here: Location) -> Compiled | None:
        origin = self._origin(here)
        try:
            return compile_expression(
                environment,
                text,
                expected=_TYPES.get(name),
                source=origin.source,
                line=origin.line,
                column=origin.column,
            )
        except CqlError as error:
            place = Place(error.source, error.line, error.column) if error.line else self.source.place(here)
            self.problems.append((place, error.message))
            return None

    def _origin(self, here: Location) -> Origin:
        place = self.source.place(here)
        return Origin(place.file, place.line, place.column)


_TEXTS: Final = ("what", "lane", "shape", "edge", "loud", "name")


def _words(words: str | list[str]) -> frozenset[str]:
    return frozenset([words] if isinstance(words, str) else words)


def _cases(words: Mapping[str, str]) -> str:
    """A function from a word to another, in the rule language."""
    cases = "".join(f" when {_quoted(one)} then {_quoted(other)}" for one, other in words.items() if one != "else")
    rest = _quoted(words["else"]) if "else" in words else "null as String"
    return f"case word{cases} else {rest} end"


def _quoted(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "\\'") + "'"
