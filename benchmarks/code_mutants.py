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
import json
import random
import resource
import sys
import tempfile
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Final

sys.path.insert(0, str(Path(__file__).parent))
from code_bench import PACKAGE, TREE, Bench
from code_edits import compiles, edits

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from code_bench import Mutant
    from code_edits import Edit

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
        *(
            "cli",
            "reports/test_command.py",
            "cohort/test_commands.py",
            "log",
            "randomization",
            "assurance/test_hunt.py",
            "assurance/test_boundaries.py",
            "assurance/test_coverage.py",
            "assurance/test_pack.py",
        ),
        *("exchange/test_crf.py", "exchange/test_new.py", "exchange/test_formats.py", "exchange/test_publish.py"),
        *("simulate/test_out.py", "qfr/kernel/test_command.py", "qfr/imaging/test_batch.py"),
    ),
    "log": ("log", "cli/test_log.py"),
    "randomization": ("randomization", "cli/test_lists.py"),
    "gate": ("gate", "cli/test_gate_command.py"),
    "language": ("protocol", "cli/test_help_chinese.py", "reports/test_language.py"),
}
"""Which tests are a room's, below `tests/`, where they are not those of its own name. Commands are tested with what
they call."""

MEMORY: Final = 8 << 30  # bytes that a mutant may fill


def main() -> int:
    """Sample, run, print."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--room", required=True, action="append", help="a folder of precise_cal/, such as qfr/contour")
    parser.add_argument("--count", type=int, default=20, help="mutants of each room")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--only", default="", help="mutants of files whose path contains this")
    parser.add_argument(
        "--quick", action="store_true", help="a minute of the tests that call what was changed, no more"
    )
    parser.add_argument(
        "--importing", action="store_true", help="only test files that import something of the room, or run a command"
    )
    parser.add_argument("--slow", action="store_true", help="tests marked slow as well")
    parser.add_argument("--reach", type=Path, help="a file that keeps what tests call; good while code and tests stand")
    parser.add_argument("--json", type=Path, help="where every mutant and its fate are written")
    asked = parser.parse_args()
    resource.setrlimit(
        resource.RLIMIT_DATA, (MEMORY, resource.getrlimit(resource.RLIMIT_DATA)[1])
    )  # and of its children
    with tempfile.TemporaryDirectory(prefix="code-mutants-") as folder:
        benches: dict[Sequence[str], Bench] = {}
        tests_of = {room: _tests(room, importing=asked.importing) for room in asked.room}
        for number, tests in enumerate(dict.fromkeys(tests_of.values())):
            benches[tests] = Bench(Path(folder) / str(number), tests, slow=asked.slow)
            benches[tests].learn(asked.reach)
        rooms = {room: _measured(room, benches[tests_of[room]], asked) for room in asked.room}
    if asked.json:
        fates = {room: [asdict(one) for one in mutants] for room, mutants in rooms.items()}
        asked.json.write_text(json.dumps(fates, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return int(any(one.fate == "survived" for mutants in rooms.values() for one in mutants))


def _tests(room: str, *, importing: bool) -> tuple[str, ...]:
    given = TESTS.get(room, (room,))
    if not importing:
        return given
    places = [TREE / "tests" / one for one in given]
    paths = [path for one in places for path in ([one] if one.is_file() else sorted(one.rglob("test_*.py")))]
    names = f"{PACKAGE}.{room.replace('/', '.')}"
    sources = {path.relative_to(TREE / "tests").as_posix(): path.read_bytes() for path in paths}
    return tuple(name for name, one in sources.items() if imports(one, names) or runs_commands(one))


def imports(source: bytes, package: str) -> bool:
    """Whether a module imports a package, or something of it."""
    names = {one.name for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Import) for one in node.names}
    names |= {node.module or "" for node in ast.walk(ast.parse(source)) if isinstance(node, ast.ImportFrom)}
    return any(f"{name}.".startswith(f"{package}.") for name in names)


def runs_commands(source: bytes) -> bool:
    """Whether a module of tests runs ``precise``: by the fixture, by what the fixture calls, or as a process."""
    tree = ast.parse(source)
    texts = [node.value for node in ast.walk(tree) if isinstance(node, ast.Constant)]
    return (
        any(isinstance(node, ast.arg) and node.arg == "precise" for node in ast.walk(tree))
        or imports(source, f"{PACKAGE}.cli")
        or ("-m" in texts and PACKAGE in texts)
    )


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


if __name__ == "__main__":
    sys.exit(main())
