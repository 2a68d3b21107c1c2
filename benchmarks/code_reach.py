"""A plugin of pytest: which functions of a folder each test calls, and how long it takes.

``-p code_reach`` with ``CODE_REACH_OF`` (the folder) and ``CODE_REACH_INTO`` (the JSON file that is written). What a
fixture of a wider scope calls counts for every test that asks for it, not only for the first. Calls in other
processes, and of kernels that are compiled, are not seen.
"""

from __future__ import annotations

import json
import os
import sys
import threading
from collections import defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterator
    from types import CodeType, FrameType

FOLDER = os.environ["CODE_REACH_OF"] + os.sep
Calls = dict[int, "CodeType"]


class _Reach:
    def __init__(self) -> None:
        self.calls: Calls = {}
        self.of_fixture: dict[Any, set[tuple[str, int]]] = {}
        self.of_test: dict[str, set[tuple[str, int]]] = {}
        self.seconds: dict[str, float] = defaultdict(float)
        self.failed: list[str] = []

    def note(self, frame: FrameType, _event: str, _value: object) -> None:
        """A call; by the identity of its code, which is the cheapest to look up."""
        code = frame.f_code
        self.calls[id(code)] = code

    def places(self) -> set[tuple[str, int]]:
        """File and first line of what was called, below the folder."""
        codes = [code for code in tuple(self.calls.values()) if code.co_filename.startswith(FOLDER)]
        return {(code.co_filename.removeprefix(FOLDER), code.co_firstlineno) for code in codes}

    @pytest.hookimpl(wrapper=True)
    def pytest_runtest_protocol(self, item: pytest.Item) -> Iterator[None]:
        self.calls.clear()
        threading.settrace(self.note)
        sys.settrace(self.note)
        try:
            return (yield)
        finally:
            sys.settrace(None)
            threading.settrace(None)  # type: ignore[arg-type]
            reached = self.places()
            info = getattr(item, "_fixtureinfo", None)
            for definitions in (info.name2fixturedefs if info else {}).values():
                reached |= set().union(*(self.of_fixture.get(one, set()) for one in definitions))
            self.of_test[item.nodeid] = reached

    @pytest.hookimpl(wrapper=True)
    def pytest_fixture_setup(self, fixturedef: Any) -> Iterator[Any]:
        before = dict(self.calls)
        self.calls.clear()
        try:
            return (yield)
        finally:
            if fixturedef.scope != "function":
                self.of_fixture[fixturedef] = self.of_fixture.get(fixturedef, set()) | self.places()
            self.calls.update(before)

    def pytest_runtest_logreport(self, report: pytest.TestReport) -> None:
        self.seconds[report.nodeid] += report.duration
        if report.failed:
            self.failed.append(report.nodeid)

    def pytest_sessionfinish(self) -> None:
        tests = sorted(self.of_test, key=lambda test: self.seconds[test])
        of_place: dict[str, dict[int, list[int]]] = defaultdict(lambda: defaultdict(list))
        for number, test in enumerate(tests):
            for file, line in sorted(self.of_test[test]):
                of_place[file][line].append(number)
        written = {
            "tests": [[test, round(self.seconds[test], 3)] for test in tests],
            "failed": sorted(set(self.failed)),
            "reached": of_place,
        }
        Path(os.environ["CODE_REACH_INTO"]).write_text(json.dumps(written), encoding="utf-8")


def pytest_configure(config: pytest.Config) -> None:
    """Begin."""
    config.pluginmanager.register(_Reach())
