"""Every command in every place: terminals, pipes, full disks, locales, homes, users and line ends change no answer."""

from __future__ import annotations

import json
import os
import pty
import resource
import shutil
import subprocess
import sys
import threading
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

pytestmark = [pytest.mark.slow, pytest.mark.skipif(sys.platform == "win32", reason="POSIX terminals and limits")]

NOW = ("--now", "2027-06-30T00:00:00+08:00")
OCCASION = (
    "--vessel",
    "LAD",
    "--phase",
    "baseline",
    "--acquired-at",
    "2026-03-10T10:00:00+08:00",
    "--assessor",
    "site",
)
FEW_RULES = ("--rule", "IC-5", "--rule", "EX-2", "--threads", "1", "--format", "json")
"""What is looked at does not hang on how many rules there are, and each takes its time to be compiled."""
PARTICIPANTS = 2_500
"""So many take longer than a second, after which a bar is drawn."""
EXAMPLES = Path(__file__).parents[2] / "examples"
COMMANDS = {
    "check text": ("check", "few.jsonl", *NOW),
    "check json": ("check", "few.jsonl", "--format", "json", *NOW),
    "gate": ("gate", "open.json", "--format", "json"),
    "gate verify": ("gate", "verify"),
    "report": ("report", "few.jsonl", "--out", "{new}", "--format", "html,xlsx,sdtm,markdown", *NOW),
    "simulate": ("simulate", "--participants", "20"),
    "simulate out": ("simulate", "--participants", "20", "--out", "{new}"),
    "rules list": ("rules", "list"),
    "rules show": ("rules", "show", "IC-5"),
    "rules test": ("rules", "test", "IC-5"),
    "rules lint": ("rules", "lint"),
    "rules eval": ("rules", "eval", r"'\u00e9-\u75c5' + 'x'"),
    "schema": ("schema", "record"),
    "qfr lumen": ("qfr", "lumen", "lumen.csv", "--samples", "0", "--format", "json", "--plot", "{new}.png"),
    "qfr into": ("qfr", "lumen", "lumen.csv", "--samples", "0", "--into", "into.json", *OCCASION),
    "qfr info": ("qfr", "info", "view-a.dcm", "--format", "json"),
    "cohort import": ("cohort", "import", "few.jsonl", "--out", "{new}", "--threads", "1"),
    "cohort check": ("cohort", "check", "tables", "--out", "{new}", *FEW_RULES, *NOW),
    "cohort export": ("cohort", "export", "tables"),
    "cohort explain": ("cohort", "explain", "tables", "S0", *NOW),
}
LONG = {"long check": ("check", "many.jsonl", "--format", "json", *NOW)}
WRITING = ("gate", "report", "simulate out", "qfr lumen", "qfr into", "cohort import", "cohort check")
VARYING = ("gate", "gate verify")
"""Whose output holds times and ids of decisions."""
SPOKEN = ("check text", "rules list", "rules show", "rules test", "rules lint", "qfr into", "cohort explain")
"""Whose output is in the language of the locale."""
QUIET = ("report", "simulate out", "cohort import")
"""Which write nothing to stdout."""


@dataclass(frozen=True)
class Desk:
    """A folder with inputs, in which commands run."""

    folder: Path

    def start(self, name: str, before: tuple[str, ...] = (), **options: Any) -> subprocess.Popen[bytes]:
        """Start a command; what it writes goes to a new place."""
        new = self.folder / f"new-{len(list(self.folder.iterdir()))}-{threading.get_ident()}"
        arguments = [one.replace("{new}", str(new)) for one in (COMMANDS | LONG)[name]]
        environment = self.environment() | options.pop("env", {})
        kept = {key: value for key, value in environment.items() if value is not None}
        command = [*before, sys.executable, "-m", "precise_cal", *arguments]
        return subprocess.Popen(command, cwd=self.folder, env=kept, stdin=subprocess.DEVNULL, **options)

    def run(self, name: str, before: tuple[str, ...] = (), **options: Any) -> tuple[int, bytes, bytes]:
        """Run a command; status, stdout and stderr."""
        pipes = {"stdout": subprocess.PIPE, "stderr": subprocess.PIPE}
        with self.start(name, before, **(pipes | options)) as process:
            out, err = process.communicate(timeout=120)
        return process.returncode, out, err

    def environment(self) -> dict[str, Any]:
        """The variables, with homes that belong to the test."""
        places = {"PRECISE_GATE_HOME": str(self.folder / "gate"), "PRECISE_CACHE_HOME": str(self.folder / "cache")}
        return dict(os.environ) | places


@pytest.fixture(scope="module")
def desk(tmp_path_factory: pytest.TempPathFactory) -> Desk:
    """Inputs for every command: participants, one of them undecided, a lumen, a film, a cohort."""
    folder = tmp_path_factory.mktemp("desk")
    screening = json.loads((bundled() / "tests" / "screening.json").read_text("utf-8"))
    screening["renal"]["on_dialysis"] = None
    people = [screening | {"subject_id": f"S{number}"} for number in range(PARTICIPANTS)]
    people[0]["lesions"] = [people[0]["lesions"][0] | {"lesion_id": "L-é-病"}]
    for name, some in (("many.jsonl", people), ("few.jsonl", people[:3]), ("open.json", people[:1])):
        text = "".join(f"{json.dumps(one, ensure_ascii=False)}\n" for one in some)
        (folder / name).write_text(text, encoding="utf-8")
    shutil.copy(EXAMPLES / "qfr_lumen.csv", folder / "lumen.csv")
    shutil.copy(EXAMPLES / "angiogram" / "view-a.dcm", folder)
    shutil.copy(min((EXAMPLES / "participants").glob("*.json")), folder / "into.json")
    made = Desk(folder)
    command = [
        sys.executable,
        "-m",
        "precise_cal",
        "cohort",
        "import",
        "few.jsonl",
        "--out",
        "tables",
        "--threads",
        "1",
    ]
    subprocess.run(command, cwd=folder, check=True, capture_output=True, env=made.environment())
    return made


@pytest.fixture(scope="module")
def plain(desk: Desk) -> Mapping[str, tuple[int, bytes]]:
    """What each command says and ends with in a quiet place."""
    found = {}
    for name in COMMANDS:
        status, out, err = desk.run(name)
        assert status in (0, 1, 3), (name, err)
        found[name] = status, out
    assert found["check text"][0] == found["gate"][0] == 3
    return found


def _is_same(name: str, said: tuple[int, bytes], plain: Mapping[str, tuple[int, bytes]]) -> bool:
    return said[0] == plain[name][0] and (name in VARYING or said[1] == plain[name][1])


@pytest.mark.parametrize("name", COMMANDS)
def test_on_a_terminal_with_stdout_a_file(name: str, desk: Desk, plain: Any, tmp_path: Path) -> None:
    said, drawn = _on_a_terminal(name, desk, tmp_path / "out")
    assert _is_same(name, said, plain), drawn[-500:]


def test_a_long_check_on_a_terminal_loses_nobody(desk: Desk, tmp_path: Path) -> None:
    """The bar is drawn on the terminal; the file holds everybody."""
    (status, out), drawn = _on_a_terminal("long check", desk, tmp_path / "out")
    assert (status, len(json.loads(out)["subjects"])) == (3, PARTICIPANTS)
    assert b"participants" in drawn


def _on_a_terminal(name: str, desk: Desk, out: Path) -> tuple[tuple[int, bytes], bytes]:
    """Status and stdout of a command whose stderr is a terminal, and what was drawn there."""
    ours, theirs = pty.openpty()
    with out.open("wb") as file, desk.start(name, stdout=file, stderr=theirs) as process:
        os.close(theirs)
        drawn = bytearray()
        with suppress(OSError):  # the terminal has gone with the process
            while data := os.read(ours, 65536):
                drawn += data
        status = process.wait(120)
    os.close(ours)
    return (status, out.read_bytes()), bytes(drawn)


@pytest.mark.parametrize("name", COMMANDS)
def test_into_a_pipe_that_nobody_reads(name: str, desk: Desk, plain: Any) -> None:
    reads, writes = os.pipe()
    os.close(reads)
    status, _, err = desk.run(name, stdout=writes)
    os.close(writes)
    assert (status, b"Traceback" in err) == (plain[name][0], False)


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="there is no /dev/full here")
@pytest.mark.parametrize("name", COMMANDS)
def test_stdout_or_stderr_on_a_full_disk(name: str, desk: Desk, plain: Any) -> None:
    with Path("/dev/full").open("wb") as full:
        status, _, err = desk.run(name, stdout=full)
        assert status == (plain[name][0] if name in QUIET else 2), err
        assert b"Traceback" not in err
        if name in WRITING:
            status, out, _ = desk.run(name, stderr=full)
            assert _is_same(name, (status, out), plain)


@pytest.mark.parametrize("most", [0, 20_000])
@pytest.mark.parametrize("name", WRITING)
def test_files_on_a_full_disk(name: str, most: int, desk: Desk) -> None:
    """Whatever cannot be written is told; what was there stays, and nothing half is left."""
    before = _content(desk.folder)
    limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (most, most))
    status, _, err = desk.run(name, preexec_fn=limit)
    assert status in (0, 2, 3), err
    assert b"Traceback" not in err
    after = _content(desk.folder)
    assert {path: after.get(path) for path in before} == before or name == "qfr into"
    if status == 2:
        assert err.startswith(b"precise: "), err
        new = {path for path in after.keys() - before.keys() if not _is_of_a_resumable_import(path)}
        assert not {path for path in new if ".qfr-" not in path}, "nothing half is left"


def _content(folder: Path) -> dict[str, bytes]:
    own = ("gate/", "cache/")
    found = {str(one.relative_to(folder)): one.read_bytes() for one in folder.rglob("*") if one.is_file()}
    return {name: data for name, data in found.items() if not name.startswith(own)}


def _is_of_a_resumable_import(path: str) -> bool:
    return any(part in path for part in ("/.pieces/", "/.merge/", "/.counts/", "run.json", "/verdicts/"))


def _ascii() -> dict[str, Any]:
    return {"LC_ALL": "C", "PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def _nowhere() -> dict[str, Any]:
    gone = dict.fromkeys(("HOME", "XDG_CACHE_HOME", "XDG_DATA_HOME"), "/proc/absent")
    return gone | {"PRECISE_CACHE_HOME": None, "TMPDIR": "/proc/absent"}


@pytest.mark.parametrize("name", COMMANDS)
def test_where_nothing_but_ascii_is_known(name: str, desk: Desk, plain: Any) -> None:
    status, out, err = desk.run(name, env=_ascii())
    assert _is_same(name, (status, out), plain), err


@pytest.mark.parametrize("name", WRITING)
def test_without_home_cache_or_temporary_folder(name: str, desk: Desk, plain: Any) -> None:
    status, out, err = desk.run(name, env=_nowhere() | _kernels())
    assert _is_same(name, (status, out), plain), err


def _kernels() -> dict[str, Any]:
    """Compiled kernels are found wherever they are: compiling takes half a minute, and is tested by itself."""
    from precise_cal.qfr.core.accelerate import CACHE

    return {} if CACHE is None else {"NUMBA_CACHE_DIR": str(CACHE.parents[1])}


@pytest.fixture(scope="module")
def chinese(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """The locale of the trial's own sites, made where the system can make it."""
    folder = tmp_path_factory.mktemp("locales")
    make = shutil.which("localedef")
    if make is None:
        pytest.skip("there is no localedef to make zh_CN.GB18030 with")
    command = [make, "-c", "-i", "zh_CN", "-f", "GB18030", str(folder / "zh_CN.GB18030")]
    subprocess.run(command, capture_output=True, check=False)
    if not (folder / "zh_CN.GB18030").is_dir():
        pytest.skip("localedef has no sources of zh_CN or GB18030 here")
    return {"LOCPATH": str(folder), "LC_ALL": "zh_CN.GB18030"}


@pytest.mark.parametrize("name", COMMANDS)
def test_in_the_locale_of_the_sites(name: str, chinese: dict[str, Any], desk: Desk, plain: Any) -> None:
    """In the language of the locale, whatever its encoding."""
    status, out, err = desk.run(name, env=chinese)
    if name in SPOKEN:
        plain = {name: desk.run(name, env={"LC_ALL": "zh_CN.UTF-8"})[:2]}
        assert plain[name][1].decode("utf-8") != "", err
    assert _is_same(name, (status, out), plain), err


@pytest.fixture(scope="module")
def stranger() -> tuple[str, ...]:
    """What starts a command as a user whom the system does not know."""
    start = ("unshare", "--user", "--map-user=12345", "--map-group=12345")
    if shutil.which("unshare") is None or subprocess.run([*start, "true"], capture_output=True, check=False).returncode:
        pytest.skip("no user namespaces here, so no user without an entry in passwd")
    return start


@pytest.mark.parametrize("name", COMMANDS)
def test_as_a_user_without_an_entry(name: str, stranger: tuple[str, ...], desk: Desk, plain: Any) -> None:
    gone = {"HOME": None, "PRECISE_CACHE_HOME": None, "XDG_CACHE_HOME": None, "PRECISE_GATE_HOME": None}
    status, out, err = desk.run(name, stranger, env=gone | _kernels())
    if name in VARYING:
        assert (status, b"set PRECISE_GATE_HOME" in err) == (2, True), err
    else:
        assert _is_same(name, (status, out), plain), err


@pytest.fixture
def windows_rules(desk: Desk) -> Iterator[Path]:
    """The bundled rules as an editor on Windows stores them."""
    folder = desk.folder / "windows"
    shutil.copytree(bundled(), folder, ignore=shutil.ignore_patterns("*.py", "__pycache__"))
    for one in folder.rglob("*.yaml"):
        one.write_bytes(one.read_bytes().replace(b"\n", b"\r\n"))
    yield folder
    shutil.rmtree(folder)


def test_with_other_line_ends(windows_rules: Path, desk: Desk, plain: Any, precise: Callable[..., Any]) -> None:
    said = precise("check", desk.folder / "few.jsonl", "--format", "json", *NOW, "--rules", windows_rules)
    assert (said.status, said.out.encode()) == plain["check json"]
    assert precise("rules", "test", "--rules", windows_rules).status == 0
    records = (desk.folder / "few.jsonl").read_bytes()
    (desk.folder / "crlf.jsonl").write_bytes(records.replace(b"\n", b"\r\n"))
    few = [precise("check", desk.folder / name, "--format", "json", *NOW).out for name in ("few.jsonl", "crlf.jsonl")]
    assert few[0] == few[1]


def test_kernels_are_compiled_where_nothing_can_be_kept(desk: Desk, plain: Any) -> None:
    status, out, err = desk.run("qfr lumen", env=_nowhere() | {"NUMBA_CACHE_DIR": "/proc/absent"})
    assert _is_same("qfr lumen", (status, out), plain), err
