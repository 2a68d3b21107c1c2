"""Rules as text for a terminal."""

from __future__ import annotations

import textwrap
from typing import TYPE_CHECKING, Final

from precise_cal.cli.printable import padded
from precise_cal.language.catalog import ENGLISH, Verbatim, message
from precise_cal.protocol.errors import PreciseError
from precise_cal.protocol.near import nearest

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from precise_cal.engine.cases import PlacedCase
    from precise_cal.engine.rulebook.edition import ExecutableRule
    from precise_cal.engine.rulebook.rule_form import DefinitionEntry
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.language.catalog import Catalog

_WIDTH: Final = 100


class UnknownRuleError(PreciseError):
    """No rule has the id that was asked for."""


def rule_lines(book: Rulebook, catalog: Catalog = ENGLISH) -> Iterator[str]:
    """A line a rule, in the language of a catalog."""
    for rule in book.rules.values():
        kind, scope = padded(catalog(rule.kind), 14), padded(catalog(_scope(rule)), 20)
        yield f"{rule.rule.id:<10}{kind}{scope}{catalog(rule.rule.title)}"
    yield from off_lines(book, catalog)


def off_lines(book: Rulebook, catalog: Catalog = ENGLISH) -> Iterator[str]:
    """A line for each rule that is off, and why."""
    for file, _ in book.loaded.rules:
        for rule in file.rules:
            if rule.status == "active" and not rule.enabled:
                text = message("{ $title }: { $why }", title=rule.title, why=rule.off_because)
                yield f"{rule.id:<10}{padded(catalog('off'), 14)}{catalog(text)}"


def _scope(rule: ExecutableRule) -> str:
    return message("each { $item }", item=rule.scope.word) if rule.scope else "participant"


def check_rule(book: Rulebook, identifier: str) -> None:
    """See that there is a rule. Raises: UnknownRuleError, where no rule has that id; the nearest one is named."""
    if identifier not in book.rules:
        near = nearest(identifier.upper(), book.rules, cutoff=0.4)
        raise UnknownRuleError(
            message("{ $rule }: no such rule; did you mean { $near }?", rule=Verbatim(identifier), near=near)
            if near
            else message("{ $rule }: no such rule", rule=Verbatim(identifier))
        )


def rule_page(
    book: Rulebook, identifier: str, cases: Sequence[PlacedCase], catalog: Catalog = ENGLISH
) -> Iterator[str]:
    """Everything about one rule; what its author wrote of definitions and cases is English in any language.

    Raises:
        UnknownRuleError: no rule has that id; the nearest one is named.
    """
    check_rule(book, identifier)
    rule = book.rules[identifier]
    yield f"{rule.rule.id}  {catalog(rule.rule.title)}"
    whom = _scope(rule) if rule.scope else "the participant"
    yield f"  {catalog(message('{ $kind }, judged for { $whom }', kind=rule.kind, whom=whom))}"
    yield from _wrapped(f'  "{rule.rule.quote}"')
    yield f"  {rule.rule.source}" + (f" ({', '.join(rule.rule.ambiguities)})" if rule.rule.ambiguities else "")
    if rule.rule.frame:
        yield f"  {catalog('from when to when:')} {rule.rule.frame}, {_entries(book)[rule.rule.frame].means}"
    yield from _conditions(book, rule)
    yield from _parameters(book, rule, catalog)
    yield from _remarks(rule, catalog)
    mine = [case for case in cases if case.rule == identifier]
    if mine:
        yield f"\n{catalog('cases')} ({len(mine)})"
        yield from (f"  {case.case.expect:<14}{case.case.case}" for case in mine)


def _conditions(book: Rulebook, rule: ExecutableRule) -> Iterator[str]:
    for name, condition in rule.conditions.items():
        yield f"\n{name}"
        yield from (f"  {line}" for line in condition.code.text.strip().splitlines())
    used = sorted({name for condition in rule.conditions.values() for name in condition.definitions})
    entries = _entries(book)
    if used:
        yield "\nwhere"
    for name in used:
        if name in entries:
            yield f"  {name}: {entries[name].means}"
            yield from (f"    {line}" for line in entries[name].as_.strip().splitlines())


def _entries(book: Rulebook) -> dict[str, DefinitionEntry]:
    return {one.define: one for file, _ in book.loaded.rules for one in file.definitions}


def _parameters(book: Rulebook, rule: ExecutableRule, catalog: Catalog) -> Iterator[str]:
    if not rule.parameters:
        return
    yield f"\n{catalog('parameters')}"
    effective = book.parameters_of(book.timeline.keys[-1])
    for used in rule.parameters:
        entry = effective[used.id].entry
        ground = entry.quote or entry.why or (entry.confirmed and f"{entry.confirmed.by}, {entry.confirmed.document}")
        ambiguities = ", ".join(effective[used.id].parameter.ambiguities)
        yield f"  {used.id} = {used.value}  [{catalog(used.status)}{', ' + ambiguities if ambiguities else ''}]"
        yield from _wrapped(f"    {catalog(ground or '')}")


def _remarks(rule: ExecutableRule, catalog: Catalog) -> Iterator[str]:
    if rule.notices:
        yield f"\n{catalog('notices')}"
        yield from (f"  {one.notice.code}: {catalog(one.notice.text)}" for one in rule.notices)
    if rule.queries:
        yield f"\n{catalog('queries')}"
        yield from (f"  {one.query.field}: {catalog(one.query.ask)}" for one in rule.queries)


def _wrapped(text: str) -> list[str]:
    indent = text[: len(text) - len(text.lstrip())]
    return textwrap.wrap(text.strip(), _WIDTH, initial_indent=indent, subsequent_indent=indent)
