"""A Python module in the making: imports, constants with readable names, functions.

What is generated is always source text of one module. Within a process it is run piece by piece, as functions are first
asked for; rules that are kept are written as a whole (`rulebook.writing`). A constant is an expression that makes its
value, so that the text needs nothing but what it imports.
"""

from __future__ import annotations

import datetime
import re
from contextlib import contextmanager
from dataclasses import MISSING, fields, is_dataclass
from decimal import Decimal
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Any, Final

from precise_cal.engine.cql import runtime, types
from precise_cal.engine.cql.types import ClassType, StringType, Type
from precise_cal.engine.cql.values import Long, Tuple

if TYPE_CHECKING:
    from collections.abc import Callable, Hashable, Iterable, Iterator

RUNTIME: Final = f"from {runtime.__name__} import *"
_TYPES: Final[dict[int, str]] = {
    id(getattr(types, name)): name for name in dir(types) if isinstance(getattr(types, name), Type)
}
"""The types that are compared by identity, with the names they have in their module."""
_LONG: Final = 12
"""The items of a tuple that gets a name of its own."""
_WIDTH: Final = 100
_NAMED: Final = 32
"""The characters of a value that its name tells."""


class Module:
    """Constants and functions of generated code, each under a name of its own."""

    def __init__(self) -> None:
        self.classes: dict[str, ClassType] = {}
        """The record classes that constants name, as ``CLASSES`` in the code."""
        self.names: dict[Hashable, str] = {}
        """The functions that were named, by what they are generated from."""
        self.labels: dict[Any, str] = {}
        """Words that tell expressions in the names of their functions."""
        self.waiting: list[tuple[Any, bool]] = []
        """Expressions, and whether with reasons, whose functions were named and are not yet written."""
        self.namespace: dict[str, Any] = {"CLASSES": self.classes}
        """What the code that was run has made."""
        self._imports: dict[tuple[str, str], str] = {}
        """By module and name, the name that it has here."""
        self._has_run: set[tuple[str, str]] | None = None
        """The imports of the code that was run; None where none was."""
        self._pieces: list[str] = []
        self._taken: dict[str, int] = dict.fromkeys((*runtime.__all__, "CLASSES"), 1)
        self._constants: dict[str, str] = {}
        self._hoisted: dict[int, tuple[Any, str]] = {}

    # ---- names ----

    def unique(self, *words: str) -> str:
        """A name made of words that nothing else has; it has an underscore, which no local name has."""
        base = re.sub(r"[^A-Za-z0-9]+", "_", "_".join(words)).strip("_")
        base = base if "_" in base and not base[0].isdigit() else f"the_{base}"
        count = self._taken[base] = self._taken.get(base, 0) + 1
        return base if count == 1 else self.unique(base, str(count))

    def named(self, key: Hashable, *words: str) -> str:
        """The name of what a key stands for, made of words when it is first asked for."""
        name = self.names.get(key)
        if name is None:
            name = self.names[key] = self.unique(*words)
        return name

    def function_of(self, compiled: Any, *, reasons: bool) -> str:
        """The name of the function of an expression; one that is new is waiting to be written."""
        key = compiled, reasons
        if key not in self.names:
            self.waiting.append(key)
        words = [self.labels.get(compiled) or (f"define {compiled.name}" if compiled.name else "the expression")]
        return self.named(key, *words, *(["reasons"] if reasons else []))

    def imported(self, value: Any) -> str:
        """The name of a class or function, which is imported from its module."""
        return self._imported(value.__module__, value.__qualname__)

    def _imported(self, home: str, name: str) -> str:
        found = self._imports.get((home, name))
        if found is None:
            found = self._imports[home, name] = name if name not in self._taken else self.unique(name, "2")
            self._taken.setdefault(name, 1)
        return found

    # ---- values ----

    def constant(self, value: Any, label: str = "") -> str:
        """The name, or the literal, of a value that is known now.

        Raises:
            TypeError: no expression makes such a value.
        """
        if value is None or value is True or value is False:
            return repr(value)
        found = self._hoisted.get(id(value))
        if found is not None:
            return found[1]
        name = self.assigned(self._written(value), type(value).__name__, label or _shown(value))
        if _is_one_of_its_kind(value):
            self._hoisted[id(value)] = value, name
        return name

    def assigned(self, expression: str, *words: str) -> str:
        """The name of the value of an expression, made of words when it is first asked for."""
        name = self._constants.get(expression)
        if name is None:
            name = self._constants[expression] = self.unique(*words)
            self._pieces.append(f"{name} = {expression}")
        return name

    def expression(self, value: Any) -> str:
        """The expression that makes a value; objects that are compared by identity have one name each."""
        if isinstance(value, ClassType):
            self.classes[value.name] = value
            return f"CLASSES[{value.name!r}]"
        found = self._hoisted.get(id(value))
        if found is not None:
            return found[1]
        if id(value) not in _TYPES and (_is_one_of_its_kind(value) or (type(value) is tuple and len(value) > _LONG)):
            return self.constant(value)
        return self._written(value)

    def _written(self, value: Any) -> str:
        if id(value) in _TYPES:
            return self._imported(types.__name__, _TYPES[id(value)])
        writer = _WRITERS.get(type(value))
        if writer is not None:
            return writer(self, value)
        own: Callable[[Module], str] | None = getattr(value, "expression", None)
        if own is not None:
            return own(self)
        if isinstance(value, PurePath):
            return f"{self.imported(Path)}({str(value)!r})"
        if isinstance(value, type) and value.__module__ == "builtins":
            return value.__name__
        if isinstance(value, tuple):
            return self.call(type(value), zip(getattr(value, "_fields", ()), value, strict=True))
        if is_dataclass(value) and not isinstance(value, type):
            return self.call(type(value), _given(value))
        if "__reduce__" in vars(type(value)):  # it says itself how it is made anew
            made, arguments = value.__reduce__()
            return self.call(made, [("", one) for one in arguments])
        raise TypeError(f"nothing makes a {type(value).__qualname__} of generated code")

    def call(self, function: Any, arguments: Iterable[tuple[str, Any]]) -> str:
        """The call of a class or function with arguments by name; one without a name stands first."""
        given = [f"{name}={self.expression(one)}" if name else self.expression(one) for name, one in arguments]
        return listed(f"{self.imported(function)}(", given, ")")

    def stand_for(self, value: Any, name: str) -> None:
        """Let a name stand for an object, whatever would make it."""
        self._hoisted[id(value)] = value, name

    # ---- code ----

    def add(self, text: str) -> None:
        """Statements that follow what is there."""
        self._pieces.append(text)

    @contextmanager
    def whole(self) -> Iterator[None]:
        """Within, functions are written that name each other: where one fails, none of them is there."""
        names, pieces = len(self.names), len(self._pieces)
        constants = len(self._constants)
        try:
            yield
        except BaseException:
            self.waiting.clear()
            for known, count in ((self.names, names), (self._constants, constants)):
                for key in [*known][count:]:
                    del known[key]
            self._hoisted = {key: one for key, one in self._hoisted.items() if one[1] in self._constants.values()}
            del self._pieces[pieces:]
            raise

    def run(self) -> None:
        """Run what was written since this was last called."""
        if not self._pieces:
            return
        known = self._has_run or set()
        new = {origin: name for origin, name in self._imports.items() if origin not in known}
        source = "\n".join([*([RUNTIME] if self._has_run is None else []), *_import_lines(new), *self._pieces])
        self._has_run = set(self._imports)
        self._pieces.clear()
        exec(compile(source, "<rules>", "exec", dont_inherit=True, optimize=2), self.namespace)  # noqa: S102 - our own

    def source(self, about: str) -> str:
        """Everything as the text of a module.

        Args:
            about: its docstring.
        """
        return "\n".join([f'"""{about}"""\n', *_import_lines(self._imports), RUNTIME, "", *self._pieces, ""])


def _import_lines(imports: dict[tuple[str, str], str]) -> list[str]:
    homes: dict[str, list[str]] = {}
    for (home, name), here in imports.items():
        homes.setdefault(home, []).append(name if name == here else f"{name} as {here}")
    return [f"from {home} import {', '.join(sorted(names))}" for home, names in sorted(homes.items())]


def _is_one_of_its_kind(value: Any) -> bool:
    """Whether an object is compared by identity, so that it is made once."""
    kind = type(value)
    return is_dataclass(kind) and kind.__eq__ is object.__eq__


def _shown(value: Any) -> str:
    """Words that tell a value in its name."""
    for name in ("label", "name", "id", "text"):
        own = getattr(value, name, None)
        if isinstance(own, str):
            return own[:_NAMED]
    return str(value)[:_NAMED]


def listed(head: str, parts: Iterable[str], tail: str) -> str:
    """What stands between brackets, on one line or on a line each."""
    several = list(parts)
    if sum(map(len, several)) + 2 * len(several) < _WIDTH and not any("\n" in one for one in several):
        return f"{head}{', '.join(several)}{tail}"
    inner = "".join("    " + one.replace("\n", "\n    ") + ",\n" for one in several)
    return f"{head}\n{inner}{tail}"


def _given(value: Any) -> Iterator[tuple[str, Any]]:
    """The fields of a value that are not what they are by default."""
    for one in fields(value):
        held = getattr(value, one.name) if one.init else None
        default = one.default_factory() if one.default_factory is not MISSING else one.default
        if one.init and (
            default is MISSING or (held is not default and (held != default or type(held) is not type(default)))
        ):
            yield one.name, held


def _tuple(module: Module, value: tuple[Any, ...]) -> str:
    items = [module.expression(one) for one in value]
    return f"({items[0]},)" if len(items) == 1 else listed("(", items, ")")


def _frozenset(module: Module, value: frozenset[Any]) -> str:
    return (
        listed("frozenset({", [module.expression(one) for one in sorted(value, key=repr)], "})")
        if value
        else "frozenset()"
    )


def _dict(module: Module, value: dict[Any, Any]) -> str:
    return listed("{", [f"{module.expression(key)}: {module.expression(one)}" for key, one in value.items()], "}")


_WRITERS: Final[dict[type, Callable[[Module, Any], str]]] = {
    type(None): lambda _, value: repr(value),
    bool: lambda _, value: repr(value),
    int: lambda _, value: repr(value),
    str: lambda _, value: repr(value),
    range: lambda _, value: repr(value),
    tuple: _tuple,
    frozenset: _frozenset,
    dict: _dict,
    datetime.date: lambda module, value: f"{module.imported(datetime.date)}({value.year}, {value.month}, {value.day})",
    Decimal: lambda module, value: f"{module.imported(Decimal)}({str(value)!r})",
    Long: lambda module, value: f"{module.imported(Long)}({int(value)})",
    Tuple: lambda module, value: f"Tuple({module.expression(dict(value.elements))})",
    StringType: lambda module, value: module.call(StringType, _given(value)),
}
