"""A copy of the tree whose files are changed one at a time, and the tests of one room."""

from __future__ import annotations

import ast
import difflib
import json
import os
import shutil
import signal
import subprocess
import sys
import time
from contextlib import suppress
from dataclasses import dataclass
from importlib.util import cache_from_source
from itertools import accumulate
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml
from code_reach import Function, first_line, marked

if TYPE_CHECKING:
    from collections.abc import Sequence

    from code_edits import Edit

TREE: Final = Path(__file__).parents[1]
PACKAGE: Final = "precise_cal"
PATIENCE: Final = 60.0  # seconds that a run may take at least; otherwise six times what its tests took by themselves


@dataclass(frozen=True)
class Mutant:
    """A mistake in a file of the package, and what became of it."""

    file: str
    line: int
    kind: str
    was: str
    now: str
    fate: str = ""
    by: str = ""
    seconds: float = 0.0


def difference(source: bytes, mutant: bytes) -> tuple[str, str]:
    """The lines that a mistake changes, before and after."""
    rows = [text.decode().splitlines() for text in (source, mutant)]
    parts = [op for op in difflib.SequenceMatcher(None, *rows, autojunk=False).get_opcodes() if op[0] != "equal"]
    was = " ".join(row.strip() for op in parts for row in rows[0][op[1] : op[2]])
    return was, " ".join(row.strip() for op in parts for row in rows[1][op[3] : op[4]])


def arguments() -> dict[tuple[str, str, str], str]:
    """Why a mutant is the same, by file, lines before and lines after."""
    read = yaml.safe_load((Path(__file__).parent / "code_equivalents.yaml").read_text(encoding="utf-8")) or []
    return {(one["file"], one["was"], one["now"]): one["because"] for one in read}


def span(source: bytes, line: int) -> tuple[int, int] | None:
    """First and last line, decorators included, of the innermost function around a line; None outside of all."""
    spans = [
        (first_line(node), node.end_lineno or node.lineno)
        for node in ast.walk(ast.parse(source))
        if isinstance(node, Function) and node.lineno <= line <= (node.end_lineno or 0)
    ]
    return max(spans) if spans else None


class Bench:
    """A copy of the tree whose files are changed one at a time, and the tests of one room."""

    def __init__(self, folder: Path, tests: Sequence[str], *, slow: bool = False, tree: Path = TREE) -> None:
        """Copy the tree into ``folder``."""
        self.copy, self.folder, self.slow = folder / "tree", folder, slow
        ignored = shutil.ignore_patterns(".git", "__pycache__", ".*_cache", "site", "build")
        shutil.copytree(tree, self.copy, ignore=ignored)
        for name in ("plugin", "temporary"):
            (folder / name).mkdir(parents=True)
        shutil.copy(TREE / "benchmarks" / "code_reach.py", folder / "plugin")
        self.paths = [f"tests/{one}" for one in tests]
        self.tests: dict[str, float] = {}
        self.reached: dict[str, dict[int, list[str]]] = {}
        self.arguments = arguments()

    def learn(self, kept: Path | None = None) -> None:
        """Run the tests as they are: which pass, how long they take, what they call; ``kept`` spares that next time."""
        key = " ".join(self.paths)
        known = json.loads(kept.read_text(encoding="utf-8")) if kept and kept.is_file() else {}
        read = known[key] if key in known else self._learned()
        if kept:
            kept.write_text(json.dumps(known | {key: read}), encoding="utf-8")
        for name in sorted(read, key=lambda name: (read[name]["seconds"], name)):
            self.tests[name] = read[name]["seconds"]
            for call in read[name]["calls"]:
                file, _, line = call.rpartition(":")
                self.reached.setdefault(file, {}).setdefault(int(line), []).append(name)

    def _learned(self) -> dict[str, Any]:
        files = {path: path.read_bytes() for path in (self.copy / PACKAGE).rglob("*.py")}
        for path, source in files.items():
            path.write_bytes(marked(source, path.relative_to(self.copy).as_posix()))
        read = self._run(self.paths)
        for path, source in files.items():
            path.write_bytes(source)
            Path(cache_from_source(path)).unlink(missing_ok=True)
        failed = [name for name, one in read.items() if one["failed"]]
        really = {name for name, one in self._run(failed).items() if one["failed"]} if failed else set()
        if really:
            print("left out, for they fail as they are:", *sorted(really), sep="\n  ", file=sys.stderr)
        return {name: one for name, one in read.items() if name not in really}

    def _run(self, tests: list[str]) -> dict[str, Any]:
        into = self.folder / "reach.json"
        into.unlink(missing_ok=True)
        self._pytest(tests, None, "-p", "code_reach", CODE_REACH_INTO=str(into))
        if not into.is_file():
            print(self._said(), file=sys.stderr)
            raise SystemExit(2)
        read: dict[str, Any] = json.loads(into.read_text(encoding="utf-8"))
        return read

    def fate(self, file: str, edit: Edit, *, quick: bool) -> Mutant:
        """What the tests say of one mutant; the copy is as before afterward."""
        path = self.copy / file
        source = path.read_bytes()
        mutant = edit.of(source)
        was, now = difference(source, mutant)
        begun = time.monotonic()
        first = self._callers(file, span(source, edit.line))
        rounds = [self._minute(first)] if quick else [first, [test for test in self.tests if test not in set(first)]]
        Path(cache_from_source(path)).unlink(missing_ok=True)  # it is told from its source by size and second only
        path.write_bytes(mutant)
        try:
            by = next((by for tests in rounds if tests and (by := self._failure(tests))), "")
        finally:
            path.write_bytes(source)
        fate = "noticed" if by else "argued" if (file, was, now) in self.arguments else "survived"
        return Mutant(file, edit.line, edit.kind, was, now, fate, by, round(time.monotonic() - begun, 1))

    def _callers(self, file: str, around: tuple[int, int] | None) -> list[str]:
        """Tests that call a function, the quickest first; where none is seen to, those that call its file, or all."""
        lines = self.reached.get(file, {})
        called = {test for line, tests in lines.items() if around and around[0] <= line <= around[1] for test in tests}
        called = called or {test for tests in lines.values() for test in tests}
        return [test for test in self.tests if test in called or not called]

    def _minute(self, tests: list[str]) -> list[str]:
        """The quickest of them, as many as a minute takes, three at least."""
        passed = accumulate(self.tests[test] for test in tests)
        return [test for place, (test, end) in enumerate(zip(tests, passed, strict=True)) if place < 3 or end < 60]

    def _failure(self, tests: list[str]) -> str:
        """The first of the tests that fails; empty if all pass."""
        limit = max(PATIENCE, 30 + 6 * sum(self.tests[test] for test in tests))
        status = self._pytest(tests, limit, "-x")
        if status == 0:
            return ""
        if status is None:
            return "timeout"
        said = [row for row in self._said().splitlines() if row.startswith(("FAILED ", "ERROR "))]
        return said[0].split(" ")[1] if said else f"exit status {status}"

    def _pytest(self, tests: list[str], limit: float | None, *options: str, **variables: str) -> int | None:
        """Exit status of a run in the copy; None where it took too long."""
        listed = self.folder / "tests.txt"
        listed.write_text("\n".join(tests), encoding="utf-8")
        paths = os.pathsep.join([str(self.copy), str(self.folder / "plugin")])
        given = {"PYTHONPATH": paths, "TMPDIR": str(self.folder / "temporary")}
        given["PRECISE_SHARED"] = str(self.folder / "absent")  # what notices has to be part of the repository
        kept = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
        marked = ["-m", ""] if self.slow else []
        command = [sys.executable, "-m", "pytest", "-q", "-n", "0", "-p", "no:cacheprovider", *marked, *options]
        with (self.folder / "out.txt").open("wb") as out:
            process = subprocess.Popen(
                [*command, f"@{listed}"], cwd=self.copy, env=kept | given | variables, stdout=out,
                stderr=subprocess.STDOUT, start_new_session=True,
            )  # fmt: skip
            try:
                return process.wait(limit)
            except subprocess.TimeoutExpired:
                return None
            finally:
                _end(process)

    def _said(self) -> str:
        return (self.folder / "out.txt").read_text(encoding="utf-8", errors="replace")


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a run and whatever it left behind; its processes are a group of their own."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()
