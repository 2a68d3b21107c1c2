"""Truth and arithmetic of which some is known and some is a variable of Z3.

A plain `bool`, `int` or `Fraction` is known; everything is folded as far as it is. So the same translation judges a
record that is given, without a solver, and one that is sought.
"""

from __future__ import annotations

from fractions import Fraction
from typing import Any

import z3

Bit = Any
"""A `bool`, or a Boolean of Z3."""
Count = Any
"""An `int` or a `Fraction`, or a number of Z3."""


def is_known(value: Any) -> bool:
    """Whether a value is plain."""
    return isinstance(value, bool | int | Fraction)


def both(*bits: Bit) -> Bit:
    """All of them."""
    left = [one for one in bits if one is not True]
    if any(one is False for one in left):
        return False
    return True if not left else left[0] if len(left) == 1 else z3.And(*left)


def either(*bits: Bit) -> Bit:
    """Any of them."""
    left = [one for one in bits if one is not False]
    if any(one is True for one in left):
        return True
    return False if not left else left[0] if len(left) == 1 else z3.Or(*left)


def no(bit: Bit) -> Bit:
    """The contrary."""
    return (not bit) if isinstance(bit, bool) else z3.Not(bit)


def choose(bit: Bit, yes: Any, otherwise: Any) -> Any:
    """One of two truths or numbers."""
    if isinstance(bit, bool):
        return yes if bit else otherwise
    if yes is otherwise or (is_known(yes) and is_known(otherwise) and yes == otherwise):
        return yes
    if isinstance(yes, bool) or isinstance(otherwise, bool):
        return either(both(bit, yes), both(no(bit), otherwise))
    return z3.If(bit, _term(yes), _term(otherwise))


def _term(value: Any) -> Any:
    return z3.RealVal(str(value)) if isinstance(value, Fraction) else value


def at_most(left: Count, right: Count) -> Bit:
    """`left <= right`."""
    return left <= right if is_known(left) and is_known(right) else _term(left) <= _term(right)


def below(left: Count, right: Count) -> Bit:
    """`left < right`."""
    return left < right if is_known(left) and is_known(right) else _term(left) < _term(right)


def same(left: Count, right: Count) -> Bit:
    """`left = right`, of numbers or of codes."""
    if left is right:
        return True
    return left == right if is_known(left) and is_known(right) else _term(left) == _term(right)


def plus(left: Count, right: Count) -> Count:
    """The sum."""
    return left + right if is_known(left) and is_known(right) else _term(left) + _term(right)


def times(left: Count, right: Count) -> Count:
    """The product."""
    return left * right if is_known(left) and is_known(right) else _term(left) * _term(right)


def quotient(left: Count, size: int) -> Count:
    """`left` divided by a positive number, rounded down."""
    return left // size if is_known(left) else left / size


def remainder(left: Count, size: int) -> Count:
    """What is left then."""
    return left % size
