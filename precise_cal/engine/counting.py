"""Where `exists` and `Count` turn unknown into no: an item of which `where` is unknown is left out (CQL 1.5, 10).

A criterion would be met, or broken, by what nobody wrote down. `aggregate` quantifies in three values; where no is
meant, `where (…) is true` says so.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import tree
from precise_cal.engine.rulebook.errors import Place
from precise_cal.engine.rulebook.reading import editions_of
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.cql.environment import Compiled
    from precise_cal.engine.cql.errors import Code
    from precise_cal.engine.rulebook.edition import Edition
    from precise_cal.engine.rulebook.rulebook import Rulebook

_COUNTING: Final = frozenset({"Exists", "Count"})
_DEFINITE: Final = frozenset({"IsTrue", "IsFalse", "IsNull", "Exists"})
"""What is true or false, whatever is unknown."""
_OF_DEFINITE: Final = frozenset({"And", "Or", "Not", "Implies", "Xor"})


def lossy_counts(book: Rulebook) -> Iterator[str]:
    """A remark for each place, in what verdicts rest on, where items are not counted of which `where` is unknown."""
    found = (problem for edition in editions_of(book) for problem in _of_edition(edition))
    yield from dict.fromkeys(found)


def _of_edition(edition: Edition) -> Iterator[str]:
    waiting: list[Compiled] = [one for rule in edition.rules for one in rule.conditions.values()]
    known: set[str] = set()
    while waiting:
        condition = waiting.pop(0)
        yield from _lossy(condition.tree, condition.code)
        for node in tree.nodes(condition.tree):
            if isinstance(node, tree.Definition) and node.name not in known:
                known.add(node.name)
                waiting.append(edition.environment.definition(node.name))


def _lossy(part: Any, code: Code) -> Iterator[str]:
    if isinstance(part, tree.Inlined):
        yield from _lossy(part.body, part.code)
        return
    if isinstance(part, tree.Call) and part.name in _COUNTING and _leaves_out(part.operands[0]):
        error = code.error("", part.start)
        yield message(
            "{ $place }: `{ $text }` leaves out what `where` cannot decide, and may make no of unknown: quantify with "
            "`aggregate` (docs/cql.md), or say `where (…) is true` where no is meant",
            place=Place(error.source, error.line, error.column),
            text=code.phrase(part.start, part.end),
        )
    for one in part if isinstance(part, tuple) else tree.children(part):
        if isinstance(one, tree.HOLDING):
            yield from _lossy(one, code)


def _leaves_out(part: tree.Tree) -> bool:
    """Whether a list may lack items of which a condition is unknown."""
    while isinstance(part, tree.Convert | tree.As | tree.Inlined):
        part = part.body if isinstance(part, tree.Inlined) else part.operand
    if not isinstance(part, tree.Query) or part.aggregate is not None:
        return False
    of_its_own = part.where is not None and not _is_definite(part.where)
    return of_its_own or any(_leaves_out(one.tree) for one in part.sources)


def _is_definite(part: tree.Tree) -> bool:
    if not isinstance(part, tree.Call):
        return False
    return part.name in _DEFINITE or (part.name in _OF_DEFINITE and all(map(_is_definite, part.operands)))
