"""From a folder of rule files to checked entries with their places; every problem of every file is told at once."""

from __future__ import annotations

from typing import TYPE_CHECKING, TypeVar

from pydantic import BaseModel, ValidationError

from precise_cal.engine.rulebook.attested import with_attested
from precise_cal.engine.rulebook.deviation_form import DeviationFile
from precise_cal.engine.rulebook.errors import Place, RuleFileError
from precise_cal.engine.rulebook.loaded import Loaded
from precise_cal.engine.rulebook.protocol_form import ProtocolFile, SiteFile
from precise_cal.engine.rulebook.report_form import ReportFile
from precise_cal.engine.rulebook.report_names import qfr_problems
from precise_cal.engine.rulebook.rule_form import RuleFile
from precise_cal.engine.rulebook.schedule_form import ScheduleFile
from precise_cal.engine.rulebook.submission_form import SubmissionEntry
from precise_cal.engine.rulebook.trial_folder import (
    DEVIATIONS,
    PROTOCOL,
    RECORD,
    REPORT,
    RULES,
    SCHEDULE,
    SITES,
    about_strangers,
    present,
    together,
)
from precise_cal.engine.rulebook.visit_default import default_rules
from precise_cal.engine.rulebook.visit_rules import double_visits, has_visit_rule, with_visit_rules
from precise_cal.engine.rulebook.yaml_source import YamlFile, read_yaml
from precise_cal.language.catalog import message
from precise_cal.protocol.form_errors import form_problems
from precise_cal.protocol.from_json import RecordReader
from precise_cal.protocol.schema.form import RecordFile
from precise_cal.protocol.schema.read import read_schema
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from precise_cal.engine.rulebook.report_form import QfrEntry
    from precise_cal.protocol.schema.tree import RecordSchema

Model = TypeVar("Model", bound=BaseModel)


def load(folder: Path) -> Loaded:
    """Read the rule files of a folder.

    Raises:
        RuleFileError: a file is missing or wrong.
    """
    sources = _sources(folder)
    problems: list[tuple[Place | None, str]] = []

    def stated(model: type[Model], name: str) -> tuple[Model, YamlFile] | None:
        source = sources.get(name)
        file = None if source is None else _checked(model, source, problems)
        return None if source is None or file is None else (file, source)

    protocol, sites = stated(ProtocolFile, PROTOCOL), stated(SiteFile, SITES)
    record = sources.get(RECORD) or _record_before_there_was_one()
    schema = _schema(record, problems)
    schedule = stated(ScheduleFile, SCHEDULE)
    problems += double_visits(*schedule) if schedule else ()
    rules = _rules(sources, schedule, schema, problems)
    taxonomy, report = stated(DeviationFile, DEVIATIONS), _report(sources, problems)
    if problems or protocol is None or schema is None:
        raise RuleFileError(problems)
    if "participant" not in schema.roles:
        text = "names no role participant: reports have to say whom they are about (roles: {participant: FIELD})"
        raise RuleFileError([(record.place(("roles",)), text)])
    files = tuple((name, source.sha256) for name, source in sources.items())
    return Loaded(
        schema=schema,
        record=record,
        protocol=protocol[0],
        rules=rules,
        source=protocol[1],
        deviations=taxonomy,
        report=report,
        schedule=schedule,
        sites=sites,
        sha256=together(files),
        files=files,
    )


def _sources(folder: Path) -> dict[str, YamlFile]:
    """The files of a folder, by name. Raises: RuleFileError, where one is missing or of no trial folder."""
    if not folder.is_dir():
        raise RuleFileError(
            [
                (
                    None,
                    message(
                        "{ $folder }: is no folder; rules are a folder with { $protocol } and { $rules }",
                        folder=folder,
                        protocol=PROTOCOL,
                        rules=RULES[0],
                    ),
                )
            ]
        )
    strangers = [(None, text) for text in about_strangers(folder)]
    if strangers:
        raise RuleFileError(strangers)
    names = present(folder)
    if PROTOCOL not in names:
        names.insert(0, PROTOCOL)  # reading it tells that it is missing
    if RULES[0] not in names:
        raise RuleFileError([(None, message("{ $folder }: has no { $rules }", folder=folder, rules=RULES[0]))])
    return {name: read_yaml(folder / name, str(folder / name)) for name in names}


def _rules(
    sources: Mapping[str, YamlFile],
    schedule: tuple[ScheduleFile, YamlFile] | None,
    schema: RecordSchema | None,
    problems: list[tuple[Place | None, str]],
) -> tuple[tuple[RuleFile, YamlFile], ...]:
    """The rules as written, those of visits and of answers made out."""
    written = [sources[name] for name in RULES if name in sources]
    places = [with_visit_rules(source, schedule[0] if schedule else None, schema, problems) for source in written]
    if schedule is not None and schema is not None and not any(map(has_visit_rule, written)):
        places.append(default_rules(*schedule, schema, problems))
    read = [(_checked(RuleFile, source, problems), source) for source in places]
    return tuple((with_attested(file, place, schema, problems), place) for file, place in read if file and schema)


def records_of(folder: Path) -> RecordReader:
    """What reads the records of a trial, without a look at its rules.

    Raises:
        RuleFileError: ``record.yaml`` is wrong.
    """
    problems: list[tuple[Place | None, str]] = []
    path = folder / RECORD
    schema = _schema(read_yaml(path, str(path)) if path.exists() else _record_before_there_was_one(), problems)
    if problems or schema is None:
        raise RuleFileError(problems)
    return RecordReader(schema)


def _report(
    sources: Mapping[str, YamlFile], problems: list[tuple[Place | None, str]]
) -> tuple[ReportFile, YamlFile] | None:
    """What documents show; of a folder from before there was ``record.yaml``, what they show of PRECISE CAL."""
    source = sources.get(REPORT)
    borrowed = source is None and RECORD not in sources
    if borrowed:
        source = read_yaml(bundled() / REPORT, REPORT)
    if source is None:
        return None
    file = _checked(ReportFile, source, problems)
    if file is not None and borrowed:  # what is said of the trial, and where it takes place, is another's
        file = file.model_copy(update={"summary": [], "submission": SubmissionEntry()})
    return None if file is None else (file, source)


def qfr_of(folder: Path, schema: RecordSchema) -> QfrEntry | None:
    """Where records take a QFR measurement, without a look at the rules; None where the trial does not say.

    Raises:
        RuleFileError: ``report.yaml`` is wrong.
    """
    problems: list[tuple[Place | None, str]] = []
    paths = {name: folder / name for name in (RECORD, REPORT) if (folder / name).exists()}
    report = _report({name: read_yaml(path, str(path)) for name, path in paths.items()}, problems)
    entry = report[0].qfr if report else None
    if report is not None and entry is not None:
        problems += qfr_problems(entry, schema, report[1])
    if problems:
        raise RuleFileError(problems)
    return entry


def _record_before_there_was_one() -> YamlFile:
    """What a folder from before there was ``record.yaml`` means: the record of PRECISE CAL."""
    return read_yaml(bundled() / RECORD, RECORD)


def _schema(source: YamlFile, problems: list[tuple[Place | None, str]]) -> RecordSchema | None:
    """The form of the records."""
    form = _checked(RecordFile, source, problems)
    if form is None:
        return None
    schema, wrong = read_schema(form, source.sha256)
    problems.extend((source.place(location), text) for location, text in wrong)
    return schema


def checked_part(model: type[Model], source: YamlFile, at: tuple[str, ...] = ()) -> Model:
    """A file, or the part of it at a place, of the form that another room reads.

    Raises:
        RuleFileError: it has another form.
    """
    problems: list[tuple[Place | None, str]] = []
    part = _checked(model, source, problems, at)
    if part is None:
        raise RuleFileError(problems)
    return part


def _checked(
    model: type[Model], source: YamlFile, problems: list[tuple[Place | None, str]], at: tuple[str, ...] = ()
) -> Model | None:
    data = source.data
    for name in at:
        data = data.get(name) or {}
    try:
        return model.model_validate(data)
    except ValidationError as error:
        problems.extend((source.place((*at, *place)), text) for place, text in form_problems(model, data, error))
        return None
