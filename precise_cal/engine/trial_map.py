"""What a trial folder is made of, and how it hangs together: rules, fields that they read, parameters, consequences."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.rulebook.reading import editions_of, reads_of
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.verdicts import CRITERIA

if TYPE_CHECKING:
    from collections.abc import Iterable

    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.engine.rulebook.rulebook import Rulebook


@immutable()
class MappedRule:
    """A rule: what it is judged for, which fields it reads, which parameters it uses, and which deviations follow.

    `reads` are paths of the record; `deviation` is that of who is enrolled against a criterion; `findings` the codes
    that consequences follow from.
    """

    id: str
    kind: str
    title: str
    quote: str
    source: str
    scope: str
    reads: tuple[str, ...]
    parameters: tuple[str, ...]
    deviation: str | None
    findings: tuple[str, ...]
    required_by_gate: bool


@immutable()
class MappedParameter:
    """A parameter as it holds in the last edition, with its status and the rules that rest on it."""

    id: str
    value: str
    status: str
    meaning: str
    rules: tuple[str, ...]


@immutable()
class MappedPart:
    """A part of the record: its fields, each with the rules that read it."""

    path: str
    fields: tuple[tuple[str, tuple[str, ...]], ...]


@immutable()
class TrialMap:
    """A trial folder at a glance."""

    study: str
    version: str
    title: str
    sha256: str
    arms: tuple[str, ...]
    roles: tuple[tuple[str, str], ...]
    rules: tuple[MappedRule, ...]
    parameters: tuple[MappedParameter, ...]
    parts: tuple[MappedPart, ...]
    deviations: tuple[tuple[str, str], ...]


def trial_map(book: Rulebook) -> TrialMap:
    """The map of a trial, by the last edition of its rules."""
    *_, edition = editions_of(book)
    rules = tuple(_rule(book, rule) for rule in edition.rules)
    study = book.study.study
    return TrialMap(
        study=study.id,
        version=study.version,
        title=study.title,
        sha256=book.sha256,
        arms=tuple(f"{arm.code}  {arm.title}" for arm in book.study.arms),
        roles=tuple((name, " ".join(text.split())) for name, text in book.schema.roles.items()),
        rules=rules,
        parameters=tuple(_parameters(book, rules)),
        parts=tuple(_parts(book, rules)),
        deviations=tuple((code, entry.term) for code, entry in book.deviations.taxonomy.items()),
    )


def _rule(book: Rulebook, rule: ExecutableRule) -> MappedRule:
    text = rule.rule
    return MappedRule(
        id=text.id,
        kind=rule.kind,
        title=text.title,
        quote=text.quote,
        source=text.source,
        scope=f"each {rule.scope.word}" if rule.scope else "participant",
        reads=tuple(sorted(".".join(path) for path in reads_of(rule).ends)),
        parameters=tuple(one.id for one in rule.parameters),
        deviation=text.deviation,
        findings=tuple(dict.fromkeys(one.code for one in rule.findings)),
        required_by_gate=rule.kind in CRITERIA or text.id in book.required_by_gate,
    )


def _parameters(book: Rulebook, rules: Iterable[MappedRule]) -> Iterable[MappedParameter]:
    for name, one in book.parameters_of(book.timeline.keys[-1]).items():
        users = tuple(rule.id for rule in rules if name in rule.parameters)
        unit = f" {one.parameter.unit}" if one.parameter.unit else ""
        value = one.entry.value
        words = value if isinstance(value, list) else [str(value).lower() if isinstance(value, bool) else str(value)]
        shown = ", ".join(words)
        yield MappedParameter(name, f"{shown}{unit}", one.entry.status, one.parameter.meaning, users)


def _parts(book: Rulebook, rules: Iterable[MappedRule]) -> Iterable[MappedPart]:
    """The parts in the order of the record; the record's own fields first."""
    fields: dict[str, list[tuple[str, tuple[str, ...]]]] = {}
    for path, field in book.schema.walk():
        if field.part is None:
            name = ".".join(path)
            readers = tuple(rule.id for rule in rules if name in rule.reads)
            fields.setdefault(".".join(path[:-1]), []).append((path[-1], readers))
    for name, inner in fields.items():
        yield MappedPart(name, tuple(inner))
