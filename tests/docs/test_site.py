"""The documentation as a site: it builds without a warning, has every public name, and loads nothing from elsewhere."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path

import pytest

import precise_cal

ROOT = Path(__file__).parents[2]
pytestmark = pytest.mark.slow  # a build takes six seconds, and .ci/run makes one of its own
_ADDRESS = re.compile(r"(?:https?:)?//", re.IGNORECASE)


def build(folder: Path, out: Path) -> subprocess.CompletedProcess[str]:
    command = [sys.executable, "-m", "mkdocs", "build", "--strict", "--site-dir", str(out)]
    environment = {**os.environ, "NO_MKDOCS_2_WARNING": "1", "PYTHONPATH": str(ROOT)}
    return subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Path:
    out = tmp_path_factory.mktemp("site")
    made = build(ROOT, out)
    assert made.returncode == 0, made.stderr
    return out


class _Loaded(HTMLParser):
    """What a page loads when it is viewed: scripts, styles, pictures, fonts; links to follow are none of it."""

    def __init__(self) -> None:
        super().__init__()
        self.addresses: list[str] = []
        self.ids: set[str] = set()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        of = {name: value or "" for name, value in attrs}
        self.ids.add(of.get("id", ""))
        if tag == "link" and of.get("rel") != "canonical":
            self.addresses.append(of.get("href", ""))
        self.addresses += [of[name] for name in ("src", "srcset", "data") if name in of]


def read(page: Path) -> _Loaded:
    parser = _Loaded()
    parser.feed(page.read_text(encoding="utf-8"))
    return parser


@pytest.mark.minutes(0.1)
def test_pages_load_nothing_from_elsewhere(site: Path) -> None:
    pages = list(site.rglob("*.html"))
    assert len(pages) > 30
    loaded = {address for page in pages for address in read(page).addresses}
    assert loaded
    assert [address for address in loaded if _ADDRESS.match(address)] == []
    styles = "".join(style.read_text(encoding="utf-8") for style in site.rglob("*.css"))
    assert re.findall(r"url\([\"']?(?:https?:)?//[^)]*", styles) == []


def test_every_public_name_is_described(site: Path) -> None:
    ids = read(site / "api.html").ids
    names = [name for name in precise_cal.__all__ if not name.startswith("_")]
    assert [name for name in names if f"precise_cal.{name}" not in ids] == []


def test_a_link_that_leads_nowhere_stops_the_build(tmp_path: Path) -> None:
    for name in ("mkdocs.yml", "README.md", "CONTRIBUTING.md", "CHANGELOG.md"):
        shutil.copy(ROOT / name, tmp_path)
    for name in ("docs", "benchmarks"):
        shutil.copytree(ROOT / name, tmp_path / name, ignore=shutil.ignore_patterns("__pycache__"))
    page = tmp_path / "docs" / "units.md"
    page.write_text(page.read_text("utf-8") + "\n[a](cql.md#no-such-heading), [b](no-such-page.md)\n", encoding="utf-8")
    made = build(tmp_path, tmp_path / "site")
    assert made.returncode != 0
    assert "no-such-heading" in made.stderr
    assert "no-such-page.md" in made.stderr
