"""The program that changes the code: which mistakes it makes, where, and what becomes of them."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

SOURCE = b'''"""Notes: 1 < 2."""
from typing import TYPE_CHECKING, Final, cast
if TYPE_CHECKING:
    import os
LIMIT: Final[int] = 3

@decorated(4)
def grown(age: "int" = 18, *, strict=True):
    assert age > 0
    if age < 18 and not strict:
        raise ValueError(f"{age + 1} < 18")
    found = [one for one in range(age) if one]
    found.append(min(age, 2.5))
    return cast("list[int]", found)
'''


@pytest.fixture(scope="module")
def mutants(program: Callable[[str], Any]) -> Any:
    return program("benchmarks/code_mutants.py")


@pytest.fixture(scope="module")
def bench(mutants: Any) -> Any:
    return sys.modules[mutants.Bench.__module__]


def changed(mutants: Any, source: bytes) -> set[tuple[int, str, str]]:
    made = mutants.edits(source)
    return {(one.line, one.kind, one.text) for one in made}


def test_what_decides_is_changed_and_what_only_says_is_left(mutants: Any) -> None:
    assert changed(mutants, SOURCE) == {
        *((5, "constant", text) for text in ("4", "2")),
        *((8, "constant", text) for text in ("19", "17", "False")),
        *((10, "comparison", f"(age {sign} 18)") for sign in ("<=", ">")),
        *((10, "constant", text) for text in ("19", "17")),
        (10, "negation", "strict"),
        (10, "connective", "(age < 18 or not strict)"),
        (10, "connective", "(age < 18)"),
        (10, "connective", "(not strict)"),
        (10, "condition", "(not (age < 18 and (not strict)))"),
        (11, "removed", "pass"),
        (12, "condition", "True"),
        (13, "removed", "pass"),
        (13, "twin", "max(age, 2.5)"),
        (13, "constant", "5.0"),
        (14, "returned", "None"),
    }


@pytest.mark.parametrize(
    ("was", "now"),
    [
        ("a - b", "(a + b)"),
        ("a[i] += 1", "a[i] -= 1"),
        ("a if b else c", "(c if b else a)"),
        ("f(a=1, b=2)", "f(a=2, b=1)"),
        ("a is None", "(a is not None)"),
        ("a not in b", "(a in b)"),
        ("any(a)", "all(a)"),
        ("a.b = c", "pass"),
        ("中(a, b)", "中(b, a)"),
    ],
)
def test_one_piece_is_replaced_and_the_rest_stands(mutants: Any, was: str, now: str) -> None:
    source = f"中 = '中'; {was}; '中'\n".encode()
    made = [one.of(source).decode() for one in mutants.edits(source)]
    assert f"中 = '中'; {now}; '中'\n" in made


@pytest.mark.parametrize("left", ["'a' + 'b'", "zip(a, b, strict=True)[c]", "f'{a < b}'", "x: int", "C(frozen=True)"])
def test_left_alone(mutants: Any, left: str) -> None:
    assert not [one for one in mutants.edits(left.encode()) if one.kind in ("constant", "arithmetic", "comparison")]


def test_none_is_not_returned_in_place_of_what_says_the_same(mutants: Any) -> None:
    source = b"def f(a):\n    if a:\n        return None\n    return False\n"
    assert changed(mutants, source) == {(2, "condition", "(not a)"), (4, "constant", "True")}


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    """A package of one room with one function, and its test, which does not look at the edge."""
    for name, text in {
        "precise_cal/__init__.py": "",
        "precise_cal/room/__init__.py": "",
        "precise_cal/room/edge.py": "def grown(age):\n    return age < 18\n\n\ndef unused():\n    return 1\n",
        "tests/room/test_edge.py": (
            "from precise_cal.room.edge import grown\n\n\n"
            "def test_grown():\n    assert grown(3)\n    assert not grown(30)\n"
        ),
    }.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text, encoding="utf-8")
    return tmp_path


def test_the_same_seed_draws_the_same_mutants(mutants: Any, tree: Path) -> None:
    def drawn(seed: int, only: str = "") -> list[Any]:
        return list(mutants.sample(tree, "room", 3, seed, only))

    assert drawn(1) == drawn(1)
    assert len({(edit.start, edit.end) for _, edit in drawn(1)}) == 3
    assert any(drawn(1) != drawn(seed) for seed in (2, 3, 4))
    assert drawn(1, "absent.py") == []


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (b"from a.b.c import d", True),
        (b"from a.b import d", True),
        (b"def f():\n    import a.b.x", True),
        (b"from a import b", False),
        (b"from a.bc import d", False),
        (b"'a.b'", False),
    ],
)
def test_a_module_imports_something_of_a_package(mutants: Any, source: bytes, found: bool) -> None:
    assert mutants.imports(source, "a.b") == found


@pytest.mark.parametrize(
    ("source", "found"),
    [
        (b"def test_x(precise):\n    precise('check')", True),
        (b"@pytest.fixture\ndef made(*, precise: Any): ...", True),
        (b"from precise_cal.cli.main import run", True),
        (b"subprocess.run([sys.executable, '-m', 'precise_cal', 'check'])", True),
        (b"subprocess.run([sys.executable, '-m', 'pytest'])", False),
        (b"from precise_cal.engine.check import Checker\nprecise = 1", False),
    ],
)
def test_a_module_of_tests_runs_commands(mutants: Any, source: bytes, found: bool) -> None:
    assert mutants.runs_commands(source) == found


def test_tests_that_run_commands_are_asked_about_the_commands(mutants: Any) -> None:
    asked = mutants._tests("cli", importing=True)
    assert {"cli/test_commands.py", "cli/test_formats.py", "reports/test_command.py"} <= {*asked}


def test_the_function_around_a_line(bench: Any) -> None:
    source = b"@one\ndef f():\n    def g():\n        return 1\n    return g\nX = 1\n"
    assert [bench.span(source, line) for line in (2, 4, 5, 6)] == [(1, 5), (3, 4), (1, 5), None]


def test_functions_tell_when_they_are_called_and_stay_what_they_are(program: Callable[[str], Any]) -> None:
    reach = program("benchmarks/code_reach.py")
    source = b"""'Of it.'
from __future__ import annotations
@jit
def a():
    return 1


@two
def b():
    'Of b.'
    return 2
"""
    made: dict[str, Any] = {"jit": lambda one: one, "two": lambda one: one}
    called = vars(sys).setdefault(reach.CALLED, set())
    exec(compile(reach.marked(source, "x.py"), "x.py", "exec"), made)
    try:
        assert (made["__doc__"], made["b"].__doc__) == ("Of it.", "Of b.")
        assert "x.py:8" not in called
        assert (made["a"](), made["b"]()) == (1, 2)
        assert {one for one in called if one.startswith("x.py")} == {"x.py:8"}
    finally:
        called.discard("x.py:8")


def test_the_difference_is_the_lines_that_changed(bench: Any) -> None:
    assert bench.difference(b"a = 1\nb = 2\nc = 3\n", b"a = 1\nb = 4\nc = 3\n") == ("b = 2", "b = 4")


@pytest.mark.slow
def test_each_mutant_has_its_fate_and_the_copy_is_as_before(mutants: Any, tree: Path, tmp_path: Path) -> None:
    bench = mutants.Bench(tmp_path / "bench", ("room",), tree=tree)
    bench.arguments = {("precise_cal/room/edge.py", "return 1", "return 2"): "nobody calls it"}
    bench.learn()
    assert list(bench.tests) == ["tests/room/test_edge.py::test_grown"]
    source = (tree / "precise_cal/room/edge.py").read_bytes()
    fates = {}
    for edit in mutants.edits(source):
        one = bench.fate("precise_cal/room/edge.py", edit, quick=False)
        fates[edit.text] = (one.fate, one.by)
    test = "tests/room/test_edge.py::test_grown"
    assert fates["(age > 18)"] == ("noticed", test)
    assert fates["(age <= 18)"] == ("survived", "")
    assert fates["2"] == ("argued", "")
    assert (bench.copy / "precise_cal/room/edge.py").read_bytes() == source


def test_every_argument_is_of_a_line_that_stands(bench: Any) -> None:
    """An argument outlives no change of its line."""
    for file, was, _ in bench.arguments():
        rows = {row.strip() for row in (bench.TREE / file).read_text("utf-8").splitlines()}
        assert was in rows or all(part in " ".join(rows) for part in was.split(" ")), (file, was)
