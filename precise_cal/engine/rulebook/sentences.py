"""The sentences of rules, checked when rules are loaded: form, values, and both languages."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.cql.reads import reads
from precise_cal.engine.cql.types import BOOLEAN
from precise_cal.engine.rulebook.edition import ASSUMED, SentenceTemplate
from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.language.catalog import Verbatim, message, placed
from precise_cal.language.wording import LANGUAGES, WordingError, names_in, read_pattern

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.rulebook.compiling import EntryCompiler
    from precise_cal.engine.rulebook.edition import ExecutableScope
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.rule_form import QueryEntry, RuleEntry, SentenceEntry
    from precise_cal.language.wording import Language, Pattern
    from precise_cal.protocol.schema.tree import RecordSchema


def problems_of(entry: SentenceEntry) -> Iterator[tuple[str, str]]:
    """What is wrong with the patterns of a sentence: the key, and the problem."""
    known = {*entry.values, ASSUMED}
    used: set[str] = set()
    for language in LANGUAGES:
        text = getattr(entry, language)
        if text is None:
            continue
        try:
            names = set(names_in(read_pattern(text, language)))
        except WordingError as error:
            yield language, str(error)
            continue
        used |= names
        for name in sorted(names - known):
            yield (
                language,
                message(
                    "${ $name } is no value of this sentence; it has { $known }",
                    name=Verbatim(name),
                    known=Verbatim(", ".join(sorted(known))),
                ),
            )
    for name in sorted(set(entry.values) - used):
        yield "values", message("{ $name }: no language uses this value", name=Verbatim(name))


def _problems_of_query(query: QueryEntry) -> Iterator[str]:
    """Values that a question names and does not have, or has and does not name."""
    try:
        names = set(names_in(read_pattern(query.ask, "en"))) if query.values or "{ $" in query.ask else set()
    except WordingError as error:
        yield str(error)
        return
    yield from (
        message("${ $name } is no value of this question", name=Verbatim(name))
        for name in sorted(names - set(query.values))
    )
    yield from (
        message("{ $name }: the question does not name this value", name=Verbatim(name))
        for name in sorted(set(query.values) - names)
    )


def check_sentences(loaded: Loaded) -> None:
    """See that every sentence is a pattern over its values.

    Raises:
        RuleFileError: one is not; all is told at once.
    """
    problems = [
        (source.place(("rules", index, "says", number, key)), placed(rule.id, text))
        for file, source in loaded.rules
        for index, rule in enumerate(file.rules)
        for number, entry in enumerate(rule.says)
        for key, text in problems_of(entry)
    ]
    problems += [
        (source.place(("rules", index, "queries", number, "ask")), placed(rule.id, text))
        for file, source in loaded.rules
        for index, rule in enumerate(file.rules)
        for number, query in enumerate(rule.queries)
        for text in _problems_of_query(query)
    ]
    if problems:
        raise RuleFileError(problems)


def compiled_sentences(
    rule: RuleEntry,
    rule_entry: EntryCompiler,
    *,
    is_assumed: bool,
    scope: ExecutableScope | None,
) -> tuple[SentenceTemplate, ...]:
    """The sentences of a rule; an expression that is wrong is told elsewhere.

    Args:
        rule: as written.
        rule_entry: what compiles the expressions of the rule.
        is_assumed: whether a parameter that the rule uses is assumed.
        scope: of the rule.
    """
    found = []
    for number, entry in enumerate(rule.says):
        here = rule_entry.within("says", number)
        when = here.compile(entry.when, "when", expected=BOOLEAN)
        values = {name: here.compile(text, "values", name) for name, text in entry.values.items()}
        known = {name: one for name, one in values.items() if one is not None}
        words = frozenset([entry.of] if isinstance(entry.of, str) else entry.of)
        patterns: dict[Language, Pattern] = {
            "en": read_pattern(entry.en, "en"),
            "zh": read_pattern(entry.zh or entry.en, "zh" if entry.zh else "en"),
        }
        conditions = (*((when,) if when else ()), *known.values())
        told = _reveals(conditions, scope, rule_entry.compiler.loaded.schema)
        found.append(SentenceTemplate(words, when, known, patterns, is_assumed, told))
    return tuple(found)


def _reveals(conditions: tuple[Compiled, ...], scope: ExecutableScope | None, schema: RecordSchema) -> bool:
    """Whether expressions read what tells the allocation."""
    scopes = {} if scope is None else {scope.variable: scope.items}
    found = reads(*conditions, scopes=scopes)
    return any(found.touches(place) for place in schema.revealing)
