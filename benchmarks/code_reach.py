"""Which functions of the package each test calls: what `code_mutants.py` learns first.

`marked` puts one statement at the head of each function, which tells a set that it was called: far cheaper than a
tracer, which would see every call of every library. As a plugin of pytest (``-p code_reach``, ``CODE_REACH_INTO``
names the JSON file that is written) this module empties the set before each test. What a fixture of a wider scope
calls counts for every test that asks for it, not only for the first. Calls in other processes, and of kernels that
are compiled, are not seen.
"""

from __future__ import annotations

import ast
import json
import os
import sys
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator

CALLED: Final = "code_reach_called"
"""The set, an attribute of `sys`, so that no module has to be found for it."""
_HEAD: Final = ast.parse(f"import sys; {CALLED} = sys.__dict__.setdefault({CALLED!r}, set())").body
_COMPILED: Final = frozenset({"jit", "njit"})

Function = ast.FunctionDef | ast.AsyncFunctionDef


def first_line(function: Function) -> int:
    """Where a function begins, decorators included."""
    return min([function.lineno, *(one.lineno for one in function.decorator_list)])


def marked(source: bytes, file: str) -> bytes:
    """The source with functions that tell when they are called, as ``file:first line``."""
    tree = ast.parse(source)
    functions = [node for node in ast.walk(tree) if isinstance(node, Function) and not _is_compiled(node)]
    for node in functions:
        told = ast.parse(f"{CALLED}.add({f'{file}:{first_line(node)}'!r})").body
        node.body[_after_docstring(node.body) : _after_docstring(node.body)] = told
    at = _after_docstring(tree.body)
    while at < len(tree.body) and isinstance(tree.body[at], ast.ImportFrom) and tree.body[at].module == "__future__":
        at += 1
    tree.body[at:at] = _HEAD if functions else []
    return ast.unparse(ast.fix_missing_locations(tree)).encode()


def _after_docstring(body: list[ast.stmt]) -> int:
    first = body[0] if body else None
    is_text = (
        isinstance(first, ast.Expr) and isinstance(first.value, ast.Constant) and isinstance(first.value.value, str)
    )
    return int(is_text)


def _is_compiled(node: Function) -> bool:
    names = {one.id for decorator in node.decorator_list for one in ast.walk(decorator) if isinstance(one, ast.Name)}
    return bool(names & _COMPILED)


class _Reach:
    def __init__(self) -> None:
        self.called: set[str] = sys.__dict__.setdefault(CALLED, set())
        self.of_fixture: dict[Any, set[str]] = {}
        self.of_test: dict[str, set[str]] = {}
        self.seconds: dict[str, float] = defaultdict(float)
        self.failed: set[str] = set()

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.called.clear()
        try:
            return (yield)
        finally:
            info = getattr(item, "_fixtureinfo", None)
            wider = [one for named in (info.name2fixturedefs if info else {}).values() for one in named]
            self.of_test[item.nodeid] = self.called.union(*(self.of_fixture.get(one, ()) for one in wider))

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[Any]:
        before = self.called.copy()
        self.called.clear()
        try:
            return (yield)
        finally:
            if fixturedef.scope != "function":
                self.of_fixture[fixturedef] = self.of_fixture.get(fixturedef, set()) | self.called
            self.called.update(before)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration
        if report.failed:
            self.failed.add(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        written = {
            test: {"seconds": round(self.seconds[test], 3), "failed": test in self.failed, "calls": sorted(calls)}
            for test, calls in self.of_test.items()
        }
        Path(os.environ["CODE_REACH_INTO"]).write_text(json.dumps(written), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Begin."""
    config.pluginmanager.register(_Reach())
