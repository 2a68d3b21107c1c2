"""Names of ``report.yaml`` that stand for something in the other files: each has to be there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.rulebook.deviations import consequential
from precise_cal.engine.rulebook.populations import names_of
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.near import hint

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.report_form import QfrEntry, ReportFile
    from precise_cal.engine.rulebook.yaml_source import Location, YamlFile
    from precise_cal.protocol.schema.tree import RecordSchema


def name_problems(file: ReportFile, source: YamlFile, loaded: Loaded) -> Iterator[tuple[Place | None, str]]:
    """Every name that stands for nothing, with its place."""
    found = [*_of_parameters(file, loaded), *_of_rules(file, loaded), *_of_deviations(file, loaded)]
    found += _of_qfr(file.qfr, loaded.schema) if file.qfr else ()
    found += _of_paths(file, loaded.schema)
    yield from ((source.place(here), text) for here, text in found)


def qfr_problems(entry: QfrEntry, schema: RecordSchema, source: YamlFile) -> list[tuple[Place | None, str]]:
    """The same for the place of measurements alone."""
    return [(source.place(here), text) for here, text in _of_qfr(entry, schema)]


_Problem = tuple["Location", str]


def _of_parameters(file: ReportFile, loaded: Loaded) -> Iterator[_Problem]:
    known = {one.id for one in loaded.protocol.parameters}
    named: list[tuple[Location, str | None]] = [
        *((("parameters", key), getattr(file.parameters, key)) for key in file.parameters.model_fields_set),
        (("markers", "line"), file.markers.line if file.markers else None),
        (("qfr", "threshold"), file.qfr.threshold if file.qfr else None),
    ]
    yield from ((here, _lacks("parameter", name, known)) for here, name in named if name and name not in known)


def _of_rules(file: ReportFile, loaded: Loaded) -> Iterator[_Problem]:
    rules = {rule.id for rules, _ in loaded.rules for rule in rules.rules}
    named: list[tuple[Location, str]] = [
        ((*key, index), name)
        for key, names in (
            (("by_arm", "outcomes"), file.by_arm.outcomes or ()),
            (("side_findings", "beside"), file.side_findings.beside),
            (("submission", "time_to_event"), file.submission.time_to_event or ()),
        )
        for index, name in enumerate(names)
    ]
    limits = enumerate(file.quality.limits)
    named += [(("quality", "limits", index, "of"), one.of) for index, one in limits if one.of != "enrolled"]
    yield from ((here, _lacks("rule", name, rules)) for here, name in named if name not in rules)


def _of_deviations(file: ReportFile, loaded: Loaded) -> Iterator[_Problem]:
    codes, arms = consequential(loaded).entries, {one.code for one in loaded.protocol.arms}
    for index, limit in enumerate(file.quality.limits):
        here: Location = ("quality", "limits", index)
        for place, code in enumerate(() if isinstance(limit.codes, str) else limit.codes):
            if code not in codes:
                yield (*here, "codes", place), _lacks("deviation", code, codes)
        if limit.arm is not None and limit.arm not in arms:
            yield (*here, "arm"), _lacks("arm", limit.arm, arms)
    populations = names_of(loaded)
    for index, name in enumerate(file.by_arm.populations or ()):
        if name not in populations:
            yield ("by_arm", "populations", index), _lacks("population", name, populations)


def _of_paths(file: ReportFile, schema: RecordSchema) -> Iterator[_Problem]:
    for name in ("ended_at", "treatment_ended_at"):
        path = getattr(file.facts, name)
        if path is not None:
            field = schema.field(tuple(path.split(".")))
            if field is None or getattr(field.type, "kind", None) not in ("date", "instant"):
                yield ("facts", name), message('"{ $path }" is no date of the record', path=path)


def _of_qfr(entry: QfrEntry, schema: RecordSchema) -> Iterator[_Problem]:
    holder = schema.root.by_name.get(entry.list)
    part = holder.part if holder else None
    if part is None:
        yield ("qfr", "list"), _lacks("list of the record", entry.list, schema.root.by_name)
        return
    for key in ("value", "text", "vessel", "phase", "acquired_at", "assessor", "analysis"):
        name = getattr(entry, key)
        if name is not None and name not in part.by_name:
            yield ("qfr", key), _lacks(message("field of { $list }", list=Verbatim(entry.list)), name, part.by_name)
    answer = entry.suitability
    for key in ("suitable", "reasons") if answer else ():
        path = getattr(answer, key)
        if schema.field(tuple(path.split("."))) is None:
            yield ("qfr", "suitability", key), message('"{ $path }" is no field of the record', path=path)


def _lacks(kind: str, name: str, known: Iterable[str]) -> str:
    names = sorted(known)
    otherwise = message("; known: { $value }", value=", ".join(names) or "none")
    return message(
        '"{ $name }" is no { $kind }{ $hint }', name=name, kind=Verbatim(kind), hint=hint(name, names, otherwise)
    )
