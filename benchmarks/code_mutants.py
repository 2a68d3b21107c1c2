"""Mutants of the code: would the tests of a room notice a mistake in it?

    python benchmarks/code_mutants.py --room reports --count 20 --seed 1 [--json FILE]

A sample of small mistakes (`code_edits.py`) is made in a room of the package, one at a time, in a copy of the tree in a
temporary folder. First the copy's own tests run once, to learn which of them call what (`code_reach.py`); then, for
each mutant, those that call the changed function, the quickest first, up to the first that fails; what they do not
notice is put to the remaining tests of the room (not with ``--quick``). A mutant that ends in a timeout was noticed.

A survivor is printed with its file, line and difference, unless `code_equivalents.yaml` argues that it is the same.
Exit status 0: every mutant was noticed or argued; 1: one survived; 2: the tests do not pass as they are.
"""

from __future__ import annotations

import argparse
import ast
import difflib
import json
import os
import random
import resource
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import asdict, dataclass
from importlib.util import cache_from_source
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import yaml

sys.path.insert(0, str(Path(__file__).parent))
from code_edits import compiles, edits
from code_reach import Function, first_line, marked

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from code_edits import Edit

TREE: Final = Path(__file__).parents[1]
PACKAGE: Final = "precise_cal"
IMAGING: Final = ("qfr/imaging",)
TESTS: Final[dict[str, tuple[str, ...]]] = {
    "qfr/core": ("qfr/kernel",),
    "qfr/lumen": ("qfr/kernel", "qfr/imaging"),
    **{
        f"qfr/{wing}": IMAGING
        for wing in ("dicom", "contour", "study", "frames", "front", "stereo", "angio", "session")
    },
    "qfr/pages": ("qfr",),
    "cli": (
        *("cli", "gate/test_gate.py", "reports/test_command.py", "reports/test_stopping.py", "cohort/test_commands.py"),
        *("exchange/test_crf.py", "exchange/test_new.py", "exchange/test_formats.py", "exchange/test_publish.py"),
        *("assurance", "simulate", "log", "randomization", "sealer", "qfr/kernel/test_command.py"),
        *("qfr/imaging/test_session.py", "qfr/imaging/test_batch.py", "engine/test_amendments.py"),
    ),
    "language": ("protocol", "cli/test_help_chinese.py", "reports/test_language.py"),
}
"""Which tests are a room's, below `tests/`, where they are not those of its own name. Commands are tested with what
they call."""

PATIENCE: Final = 60.0  # seconds that a run may take at least; otherwise six times what its tests took by themselves
MEMORY: Final = 8 << 30  # bytes that a mutant may fill


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


def main() -> int:
    """Sample, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--room", required=True, action="append", help="a folder of precise_cal/, such as qfr/contour")
    parser.add_argument("--count", type=int, default=20, help="mutants of each room")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="mutants of files whose path contains this")
    parser.add_argument("--quick", action="store_true", help="only the tests that call what was changed")
    parser.add_argument("--slow", action="store_true", help="tests marked slow as well")
    parser.add_argument("--json", type=Path, help="where every mutant and its fate are written")
    asked = parser.parse_args()
    resource.setrlimit(
        resource.RLIMIT_DATA, (MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1])
    )  # and of its children
    with tempfile.TemporaryDirectory(prefix="code-mutants-") as folder:
        benches: dict[Sequence[str], Bench] = {}
        for number, tests in enumerate(dict.fromkeys(_tests(room) for room in asked.room)):
            benches[tests] = Bench(Path(folder) / str(number), tests, slow=asked.slow)
            benches[tests].learn()
        rooms = {room: _measured(room, benches[_tests(room)], asked) for room in asked.room}
    if asked.json:
        fates = {room: [asdict(one) for one in mutants] for room, mutants in rooms.items()}
        asked.json.write_text(json.dumps(fates, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return int(any(one.fate == "survived" for mutants in rooms.values() for one in mutants))


def _tests(room: str) -> tuple[str, ...]:
    return TESTS.get(room, (room,))


def _measured(room: str, bench: Bench, asked: argparse.Namespace) -> list[Mutant]:
    print(f"{room}: {len(bench.tests)} tests, {sum(bench.tests.values()):.0f} s", flush=True)
    fates = []
    for file, edit in sample(TREE, room, asked.count, asked.seed, asked.only):
        fates.append(bench.fate(file, edit, quick=asked.quick))
        _print(fates[-1])
    noticed = sum(one.fate == "noticed" for one in fates)
    argued = sum(one.fate == "argued" for one in fates)
    share = noticed / max(1, len(fates) - argued)
    print(
        f"{room}: {noticed} of {len(fates) - argued} noticed ({share:.0%}), {argued} argued to be the same", flush=True
    )
    return fates


def _print(one: Mutant) -> None:
    print(f"{one.fate:9} {one.file}:{one.line} {one.kind} ({one.seconds:.0f} s) {one.by}", flush=True)
    if one.fate != "noticed":
        print(f"    - {one.was}\n    + {one.now}", flush=True)


def sample(tree: Path, room: str, count: int, seed: int, only: str = "") -> Iterator[tuple[str, Edit]]:
    """Mutants of a room drawn by their place in the source, so that no place is drawn for having many."""
    places: dict[tuple[str, int, int], list[Edit]] = {}
    source = {}
    for path in sorted((tree / PACKAGE / room).rglob("*.py")):
        file = path.relative_to(tree).as_posix()
        if "__pycache__" in path.parts or "/migrations/" in file or only not in file:
            continue
        source[file] = path.read_bytes()
        for edit in edits(source[file]):
            places.setdefault((file, edit.start, edit.end), []).append(edit)
    draw = random.Random(seed)
    keys = sorted(places)
    draw.shuffle(keys)
    for key in keys:
        edit = draw.choice(places[key])
        if count > 0 and compiles(edit.of(source[key[0]])):
            count -= 1
            yield key[0], edit


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

    def learn(self) -> None:
        """Run the tests as they are: which pass, how long they take, what they call."""
        files = {path: path.read_bytes() for path in (self.copy / PACKAGE).rglob("*.py")}
        for path, source in files.items():
            path.write_bytes(marked(source, path.relative_to(self.copy).as_posix()))
        read = self._run(self.paths)
        for path, source in files.items():
            path.write_bytes(source)
            Path(cache_from_source(path)).unlink(missing_ok=True)
        failed = [name for name, one in read.items() if one["failed"]]
        really = [name for name, one in self._run(failed).items() if one["failed"]] if failed else []
        if really:
            print("left out, for they fail as they are:", *really, sep="\n  ", file=sys.stderr)
        ordered = sorted(read.keys() - set(really), key=lambda name: (read[name]["seconds"], name))
        self.tests = {name: read[name]["seconds"] for name in ordered}
        for name in ordered:
            for call in read[name]["calls"]:
                file, _, line = call.rpartition(":")
                self.reached.setdefault(file, {}).setdefault(int(line), []).append(name)

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
        rounds = [first] if quick else [first, [test for test in self.tests if test not in set(first)]]
        Path(cache_from_source(path)).unlink(missing_ok=True)  # it is told from its source by size and second only
        path.write_bytes(mutant)
        try:
            by = next((by for tests in rounds if tests and (by := self._failure(tests))), "")
        finally:
            path.write_bytes(source)
        fate = "noticed" if by else "argued" if (file, was, now) in self.arguments else "survived"
        return Mutant(file, edit.line, edit.kind, was, now, fate, by, round(time.monotonic() - begun, 1))

    def _callers(self, file: str, around: tuple[int, int] | None) -> list[str]:
        """Tests that call a function, or anything in its file where none is changed; the quickest first."""
        lines = self.reached.get(file, {})
        called = {
            test for line, tests in lines.items() if around is None or around[0] <= line <= around[1] for test in tests
        }
        return [test for test in self.tests if test in called]

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


if __name__ == "__main__":
    sys.exit(main())
