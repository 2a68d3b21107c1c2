"""The folder from which an installation without network is made."""

from __future__ import annotations

import base64
import os
import shlex
import subprocess
import sys
import zipfile
from hashlib import sha256
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal import bundle
from precise_cal.cli.app import in_language
from precise_cal.cli.main import run_app

if TYPE_CHECKING:
    from pathlib import Path

DIGEST = sha256(b"x = 1\n").digest()


def wheel(folder: Path, name: str) -> Path:
    """A wheel with one module, as small as one can be."""
    path, info = folder / f"{name}-1.0-py3-none-any.whl", f"{name}-1.0.dist-info"
    held = {
        f"{name}.py": "x = 1\n",
        f"{info}/METADATA": f"Metadata-Version: 2.1\nName: {name}\nVersion: 1.0\n",
        f"{info}/WHEEL": "Wheel-Version: 1.0\nRoot-Is-Purelib: true\nTag: py3-none-any\n",
    }
    line = f"{name}.py,sha256={base64.urlsafe_b64encode(DIGEST).rstrip(b'=').decode()},6\n"
    rest = "".join(f"{one},,\n" for one in (*held, f"{info}/RECORD") if not one.endswith(".py"))
    with zipfile.ZipFile(path, "w") as archive:
        for one, text in (held | {f"{info}/RECORD": line + rest}).items():
            archive.writestr(one, text)
    return path


def run(*words: object) -> int:
    return run_app(lambda: in_language(bundle.app), "bundle", [*map(str, words)])


@pytest.fixture
def made(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Path:
    """A bundle of two wheels, gathered by nobody."""

    def build(wanted: str, wheels: Path) -> None:
        wheels.mkdir(parents=True)
        for name in ("precise_first", "precise_second"):
            wheel(wheels, name)

    monkeypatch.setattr(bundle, "build", build)
    monkeypatch.setattr(bundle, "requirement", lambda extras: "precise-cal")
    assert run(tmp_path / "bundle") == 0
    digest = sha256((tmp_path / "bundle" / "SHA256SUMS").read_bytes()).hexdigest()
    assert capsys.readouterr().out == f"{tmp_path / 'bundle'}: 2 wheels; SHA-256 of SHA256SUMS {digest}\n"
    return tmp_path / "bundle"


def test_every_wheel_is_pinned_and_has_its_sum(made: Path) -> None:
    sums = [line.split("  ") for line in (made / "SHA256SUMS").read_text("utf-8").splitlines()]
    assert [name for _, name in sums] == [
        f"wheels/{one}-1.0-py3-none-any.whl" for one in ("precise_first", "precise_second")
    ]
    for digest, name in sums:
        assert sha256((made / name).read_bytes()).hexdigest() == digest
        assert f"=={'1.0'} --hash=sha256:{digest}\n" in (made / "requirements.txt").read_text("utf-8")
    assert bundle.COMMAND in (made / "README.txt").read_text("utf-8")


def test_a_folder_that_is_not_empty_stays_as_it_is(made: Path, capsys: pytest.CaptureFixture[str]) -> None:
    before = {one: one.read_bytes() for one in made.rglob("*") if one.is_file()}
    assert run(made) == 2
    assert f"{made}: is not empty; name a new folder for the bundle" in capsys.readouterr().err
    assert {one: one.read_bytes() for one in made.rglob("*") if one.is_file()} == before


def test_both_ways_to_ask_for_help_say_the_same(capsys: pytest.CaptureFixture[str]) -> None:
    said = [(run(one), capsys.readouterr().out) for one in ("-h", "--help")]
    assert said[0] == said[1]
    assert (said[0][0], "A new folder for the bundle." in said[0][1]) == (0, True)


def test_an_extra_that_is_none_is_named(tmp_path: Path, monkeypatch: Any, capsys: pytest.CaptureFixture[str]) -> None:
    class Installed:
        def get_all(self, name: str) -> list[str]:
            return ["cohort", "desk"]

        def read_text(self, name: str) -> str:
            return '{"url": "file:///srv/precise%20cal"}'

    monkeypatch.setattr("importlib.metadata.metadata", lambda name: Installed())
    monkeypatch.setattr("importlib.metadata.distribution", lambda name: Installed())
    assert run(tmp_path / "new", "--extra", "desks") == 2
    assert "--extra desks: there is no such extra; there are cohort, desk" in capsys.readouterr().err
    assert bundle.requirement(["desk", "cohort"]) == "/srv/precise cal[cohort,desk]"


@pytest.mark.slow
def test_pip_installs_from_it_without_network_and_refuses_a_wheel_that_was_changed(made: Path, tmp_path: Path) -> None:
    subprocess.run([sys.executable, "-m", "venv", tmp_path / "new"], check=True)
    python = tmp_path / "new" / "bin" / "python"
    command = [str(python), *shlex.split(bundle.COMMAND)[1:]]
    offline = os.environ | {"PIP_INDEX_URL": "http://127.0.0.1:9/", "PIP_DISABLE_PIP_VERSION_CHECK": "1"}
    changed = made / "wheels" / "precise_second-1.0-py3-none-any.whl"
    whole = changed.read_bytes()
    changed.write_bytes(whole.replace(b"x = 1", b"x = 2"))
    said = subprocess.run(command, cwd=made, env=offline, capture_output=True, text=True, check=False)
    assert (said.returncode, "DO NOT MATCH THE HASHES" in said.stderr) == (1, True)
    changed.write_bytes(whole)
    subprocess.run(command, cwd=made, env=offline, capture_output=True, check=True)
    subprocess.run([python, "-c", "import precise_first, precise_second"], check=True)
