"""``across`` of ``protocol.yaml``: whether what it names exists, and what it asks of participants."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.parameters import Effective
    from precise_cal.engine.rulebook.protocol_form import AcrossEntry
    from precise_cal.engine.rulebook.yaml_source import Location


@immutable()
class Unique:
    """A datum that no two participants share; `protocol_form.UniqueEntry` describes it."""

    field: str
    name: str
    finding: str | None


@immutable()
class AcrossRules:
    """What must hold among participants; `protocol_form.AcrossEntry` describes it.

    Attributes:
        rule: the name under which notices and deviations stand.
        unique: data that no two participants share.
        counted: the field or part that those have who count; None where nobody is counted.
        planned: how many of them there may be.
        log: the field that ends in the number of a list without gaps; None without one.
        inactive: what one is found to have who was enrolled at a site that was not active.
    """

    rule: str
    unique: tuple[Unique, ...]
    counted: str | None
    planned: int | None
    log: str | None
    inactive: str | None


def across_of(across: AcrossEntry, parameters: Mapping[str, Effective]) -> AcrossRules:
    """What an entry asks for, with the parameters of the last edition."""
    count = across.count
    planned = None if count is None else count.at_most
    return AcrossRules(
        rule=across.rule,
        unique=tuple(Unique(one.field, one.name, one.finding) for one in across.unique),
        counted=None if count is None else count.of,
        planned=int(parameters[planned].value) if isinstance(planned, str) else planned,
        log=None if across.log is None else across.log.field,
        inactive=across.inactive,
    )


def findings_across(across: AcrossEntry) -> Iterator[tuple[str, Location]]:
    """The findings that participants can have because of others, or of their site, and where each is named."""
    for index, one in enumerate(across.unique):
        if one.finding is not None:
            yield one.finding, ("across", "unique", index, "finding")
    if across.inactive is not None:
        yield across.inactive, ("across", "inactive")


def check_across(loaded: Loaded) -> None:
    """Hold what is said of all participants against the record and the parameters.

    Raises:
        RuleFileError: a field or a parameter does not exist, or is of another type.
    """
    problems = [*_fields(loaded), *_parameter(loaded)]
    if problems:
        raise RuleFileError(problems)


def _fields(loaded: Loaded) -> Iterator[tuple[Place | None, str]]:
    across = loaded.protocol.across
    named: list[tuple[str, Location]] = [
        (one.field, ("across", "unique", index, "field")) for index, one in enumerate(across.unique)
    ]
    named += [(across.count.of, ("across", "count", "of"))] if across.count else []
    named += [(across.log.field, ("across", "log", "field"))] if across.log else []
    for path, here in named:
        if not loaded.schema.is_single(path):
            yield (
                loaded.source.place(here),
                message("{ $path } is no field of record.yaml outside lists", path=Verbatim(path)),
            )


def _parameter(loaded: Loaded) -> Iterator[tuple[Place | None, str]]:
    count = loaded.protocol.across.count
    if count is None or isinstance(count.at_most, int):
        return
    known = {one.id for one in loaded.protocol.parameters if one.type == "integer" and one.values}
    if count.at_most not in known:
        text = message(
            "{ $at_most } is no parameter of type integer; there are { $value }",
            at_most=count.at_most,
            value=", ".join(sorted(known)) or "none",
        )
        yield loaded.source.place(("across", "count", "at_most")), text
