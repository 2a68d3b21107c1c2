"""What of the record rules read: what tells the allocation, and what the gate has to see."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.engine.cql.reads import reads

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from precise_cal.engine.cql.reads import Reads
    from precise_cal.engine.rulebook.edition import Edition, ExecutableRule
    from precise_cal.engine.rulebook.rulebook import Rulebook


def reads_of(rule: ExecutableRule) -> Reads:
    """What a rule reads in all its conditions, those of its scope included."""
    scopes = {} if rule.scope is None else {rule.scope.variable: rule.scope.items}
    return reads(*rule.conditions_of_items(), scopes=scopes)


def editions_of(book: Rulebook) -> Iterator[Edition]:
    """Every edition of the rules."""
    return map(book.edition_of, book.timeline.keys)


def allocation_rules(book: Rulebook) -> frozenset[str]:
    """The rules whose words could differ between the arms.

    A rule is one of them if it reads the arm, or holds a field that reveals it against a word that names an arm.
    """
    if book.allocation is not None:
        return book.allocation
    codes = [arm.code.casefold() for arm in book.study.arms]
    rules = (rule for edition in editions_of(book) for rule in edition.rules)
    return frozenset(rule.rule.id for rule in rules if _tells_arm(book, reads_of(rule), codes))


def _tells_arm(book: Rulebook, found: Reads, codes: Iterable[str]) -> bool:
    arm = book.roles.get("arm")
    if arm is not None and any(found.touches(place) for place in reads(arm).ends):
        return True
    revealing = book.schema.revealing
    return any(
        names_arm(word, codes) for path, word in found.compared for place in revealing if path[: len(place)] == place
    )


def names_arm(word: str, codes: Iterable[str]) -> bool:
    """Whether a word is the code of an arm, or ends in one: ``after_dcb``."""
    return any(word.casefold() == code or word.casefold().endswith(f"_{code}") for code in codes)
