"""What several rooms share: bundled rules and participants, the command line run in this process."""

from __future__ import annotations

import copy
import gc
import importlib.util
import io
import json
import os
import shutil
import signal
import sys
from collections import Counter
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck, settings

import precise_cal.engine.rulebook
from precise_cal.cli.main import run
from precise_cal.cli.spoken import choose
from precise_cal.engine.check import Checker
from precise_cal.engine.rulebook import rulebook
from precise_cal.rules import bundled
from tests.validation.plugin import pytest_addoption, pytest_configure  # noqa: F401 - pytest finds them here

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Subject


@pytest.hookimpl(trylast=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Begin with the files that take minutes: a worker that met one last would be waited for."""
    minutes: Counter[Path] = Counter()
    for item in items:
        minutes[item.path] += sum(mark.args[0] for mark in item.iter_markers("minutes"))
    items.sort(key=lambda item: -minutes[item.path])


def pytest_collection_finish() -> None:
    """Let the garbage collector pass over what lives as long as the run, and come less often: a fifth of all time."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 50)


for number, handler in ((signal.SIGINT, signal.default_int_handler), (signal.SIGHUP, signal.SIG_DFL)):
    # a run in the background begins with these ignored, and so would every program that a test starts
    if signal.getsignal(number) is signal.SIG_IGN:
        signal.signal(number, handler)

settings.register_profile("any machine", deadline=None, suppress_health_check=[HealthCheck.too_slow])
settings.load_profile("any machine")


@dataclass(frozen=True)
class Said:
    """What a run of the command line gave."""

    status: int
    out: str
    err: str


@dataclass
class _Stdin:
    buffer: io.BytesIO


def _precise(*arguments: str | Path, stdin: bytes = b"") -> Said:
    out, err, old = io.StringIO(), io.StringIO(), sys.stdin
    sys.stdin = _Stdin(io.BytesIO(stdin))  # type: ignore[assignment]
    try:
        with redirect_stdout(out), redirect_stderr(err):
            status = run([str(argument) for argument in arguments])
    finally:
        sys.stdin = old
        choose(())
    return Said(status, out.getvalue(), err.getvalue())


@pytest.fixture(scope="session", autouse=True)
def _cache_of_its_own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[None]:
    """Rules are kept in a folder of the tests, not in the user's; texts are English unless asked for otherwise."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("LC_ALL", "C.UTF-8")  # what is printed depends on it
        patch.setenv("PRECISE_CACHE_HOME", str(tmp_path_factory.mktemp("cache")))
        yield


@pytest.fixture(scope="session")
def precise() -> Callable[..., Said]:
    """Run ``precise`` in this process; returns status, stdout and stderr."""
    return _precise


@pytest.fixture(scope="session")
def shared() -> Path:
    """The folder of files that are not part of this repository; without it, the test is skipped."""
    folder = Path(os.environ.get("PRECISE_SHARED", Path(__file__).parents[2] / "shared"))
    if not folder.is_dir():
        pytest.skip(f"{folder} is absent; PRECISE_SHARED names another place")
    return folder


def _program(path: str) -> Any:
    """A program of the repository, imported from its file once."""
    name = Path(path).stem
    if name not in sys.modules:
        spec = importlib.util.spec_from_file_location(name, Path(__file__).parents[1] / path)
        assert spec is not None
        assert spec.loader is not None
        sys.modules[name] = importlib.util.module_from_spec(spec)
        spec.loader.exec_module(sys.modules[name])
    return sys.modules[name]


@pytest.fixture(scope="session")
def program() -> Callable[[str], Any]:
    """Imports a program of the repository that is no part of the package, by its path."""
    return _program


@pytest.fixture(scope="session")
def random_records() -> Any:
    """The module that makes random records, beside the tests of cohorts."""
    return _program("tests/cohort/random_records.py")


@pytest.fixture(scope="session")
def random_cases() -> Any:
    """The module that changes the cases of a trial at random, beside the tests of assurance."""
    return _program("tests/assurance/varied.py")


@pytest.fixture(scope="session")
def small_trial() -> Any:
    """The module that writes small trial folders, beside this file."""
    return _program("tests/small_trial.py")


@pytest.fixture(scope="session")
def index() -> Any:
    """The program that made digests of the registry record's words."""
    return _program("docs/make_registry_index.py")


@cache
def _bundled_book() -> Rulebook:
    return rulebook(bundled(), cache=False)


@pytest.fixture(scope="session")
def book() -> Rulebook:
    """The bundled rules."""
    return _bundled_book()


@pytest.fixture(scope="session", autouse=True)
def _bundled_rules_read_once() -> Iterator[None]:
    """Commands read their rules anew each time; in this process the tests spare the time for the bundled ones.

    A test module that imports `rulebook` at its head has the one that reads.
    """
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(
            precise_cal.engine.rulebook,
            "rulebook",
            lambda folder, **options: _bundled_book() if folder == bundled() else rulebook(folder, **options),
        )
        yield


@pytest.fixture(scope="session")
def judge(book: Rulebook) -> Callable[[Any], Subject]:
    """Everything that is found about a participant, given as JSON data."""
    checker = Checker(book)

    def of(document: Any) -> Subject:
        data = json.dumps(document, default=str).encode()
        return checker.subject(book.records.read(data), data)

    return of


@pytest.fixture(scope="session")
def bundled_participants() -> dict[str, Any]:
    """The bundled participants, which no test may change."""
    folder = bundled() / "tests"
    return {name: json.loads((folder / f"{name}.json").read_text("utf-8")) for name in ("complete", "screening")}


@pytest.fixture
def complete(bundled_participants: dict[str, Any]) -> dict[str, Any]:
    """A randomized participant with nothing to find, free to change."""
    return copy.deepcopy(bundled_participants["complete"])


@pytest.fixture
def screening(bundled_participants: dict[str, Any]) -> dict[str, Any]:
    """A participant who may be randomized, free to change."""
    return copy.deepcopy(bundled_participants["screening"])


@pytest.fixture(scope="session")
def copy_rules() -> Callable[[Path], Path]:
    """Copies the bundled rule files into a folder: once for all tests that only read them."""

    def copied(parent: Path) -> Path:
        folder = parent / "rules"
        shutil.copytree(bundled(), folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
        return folder

    return copied


@pytest.fixture
def rules_copy(tmp_path: Path, copy_rules: Callable[[Path], Path]) -> Path:
    """A copy of the bundled rule files, free to change."""
    return copy_rules(tmp_path)
