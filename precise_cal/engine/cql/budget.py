"""What an expression may cost: nodes and lines while it is prepared, steps while it is evaluated.

A step is about a line of generated code, or one element or character that an operator looks at; an element that a list
gains counts forty. What a loop will take is known before it begins, and taken from the budget then, so that nothing is
counted round by round. `docs/security.md` states the limits in the words of users.
"""

from __future__ import annotations

from typing import Any, Final

from precise_cal.engine.cql.errors import EvaluationError
from precise_cal.engine.cql.types import ChoiceType, IntervalType, ListType, StringType, TupleType, Type
from precise_cal.engine.cql.values import Interval, Tuple
from precise_cal.language.catalog import message

MAX_STEPS: Final = 50_000_000
"""Steps of one evaluation of a condition, with everything that it uses."""
MAX_NODES: Final = 20_000
"""Nodes of one expression, the bodies of its functions included."""
MAX_LINES: Final = 20_000
"""Lines of the code that one expression becomes."""
MAX_LOOPS: Final = 18
"""Loops within each other; Python allows 20."""
MAX_BLOCKS: Final = 80
"""Blocks within each other; Python allows 100."""
MAX_CHARACTERS: Final = 100_000
"""Characters of one expression."""
MAX_TYPE: Final = 1_000
"""Names and elements in the type of a value, at any depth."""
CALL: Final = 10
"""Steps of the call of an operator."""
ELEMENT: Final = 40
"""Steps of an element that a list gains, and of a reason that is told again."""
NESTED: Final = 4
"""Steps of an element of a list within a list."""
ATTEMPTS: Final = 4
"""Ways of matching a text with a regular expression that are one step."""


def overspent() -> None:
    """Raise the error that an evaluation takes too many steps."""
    raise EvaluationError(
        message(
            "takes more than { $max_steps } steps, the most that one evaluation may: look at fewer "
            "elements, or combine fewer lists with each other",
            max_steps=f"{MAX_STEPS:,}",
        )
    )


def is_flat(kind: Type) -> bool:
    """Whether the size of a value is its length: a text, or a list of elements that hold no further lists."""
    return isinstance(kind, StringType) or (isinstance(kind, ListType) and is_bounded(kind.element, text=True))


def is_bounded(kind: Type, *, text: bool = False) -> bool:
    """Whether every value of a type takes about the same to look at; of texts, those of a record do, if `text`."""
    if isinstance(kind, StringType):
        return text
    if isinstance(kind, TupleType):
        return all(is_bounded(one, text=text) for _, one in kind.elements)
    if isinstance(kind, IntervalType):
        return True
    return not isinstance(kind, ListType | ChoiceType) and kind.name != "Any"


def size(value: Any, limit: int) -> int:
    """How many elements and characters a value holds, at any depth; counting stops beyond `limit`."""
    found, waiting = 0, [value]
    while waiting and found <= limit:
        one = waiting.pop()
        kind = type(one)
        found += 1
        if kind is tuple:
            waiting.extend(one[: limit - found + 2])
        elif kind is str:
            found += len(one)
        elif kind is Tuple:
            waiting.extend(one.elements.values())
        elif kind is Interval:
            waiting += (one.low, one.high)
    return found
