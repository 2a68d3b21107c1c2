"""Pages in Chromium: nothing is cut or needs sideways scroll, heads stay in sight, a phone can hold them; axe agrees.

Needs Debian's ``chromium``; the rules of axe need ``npm install axe-core``, whose file ``$AXE_CORE`` names.
"""

from __future__ import annotations

import dataclasses
import json
import os
import re
import shutil
import subprocess
from html import unescape
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.engine.rulebook.catalog import catalog_of

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.engine.rulebook.rulebook import Rulebook

pytestmark = pytest.mark.slow
CHROMIUM = shutil.which("chromium")
_POLICY = re.compile(r'<meta http-equiv="Content-Security-Policy"[^>]*>')
_MEASURE = """
const page = document.scrollingElement, head = document.querySelector("table.wide thead th");
const result = {width: innerWidth, wide: page.scrollWidth, tall: page.scrollHeight, cut: []};
for (const cell of document.querySelectorAll("td, th, dd, h1, h2, h3, caption, p")) {
  const style = getComputedStyle(cell), box = cell.getBoundingClientRect();
  if (style.clipPath !== "none" || style.position === "absolute" || cell.closest("thead, .skip, .scroll")) continue;
  if (box.width && box.right > innerWidth + 1) result.cut.push(cell.tagName + ": " + cell.textContent.slice(0, 60));
}
if (head) { scrollTo(0, document.querySelector("table.wide").getBoundingClientRect().top + scrollY + 300);
  result.head = head.getBoundingClientRect().top; }
"""


def in_browser(page: str, script: str, width: int, height: int, folder: Path) -> Any:
    """What a script finds in a page that is so wide; it leaves its findings in `result`."""
    if CHROMIUM is None:
        pytest.skip("chromium is absent: apt-get install chromium")
    told = "parent.postMessage(JSON.stringify(result), '*')"
    run = f"<script>addEventListener('load', async () => {{ {script}; {told}; }})</script>"
    (folder / "inner.html").write_text(_POLICY.sub("", page).replace("</body>", f"{run}</body>"), "utf-8")
    frame = f'<iframe src="inner.html" width="{width}" height="{height}" style="border:0"></iframe><pre id="out"></pre>'
    listen = (
        "<script>addEventListener('message', one => document.getElementById('out').textContent = one.data)</script>"
    )
    (folder / "outer.html").write_text(f"<!doctype html>{listen}{frame}", "utf-8")
    options = "headless no-sandbox disable-gpu allow-file-access-from-files virtual-time-budget=60000 dump-dom"
    command = [
        CHROMIUM,
        *(f"--{one}" for one in options.split()),
        "--window-size=1600,1200",
        str(folder / "outer.html"),
    ]
    dom = subprocess.run(command, capture_output=True, text=True, timeout=240, check=True).stdout
    found = re.search(r'<pre id="out">(.*?)</pre>', dom, re.DOTALL)
    assert found, dom[-2000:]
    assert found[1], "the script did not end"
    return json.loads(unescape(found[1]))


@pytest.fixture(scope="module", params=["en", "zh"])
def pages(
    request: pytest.FixtureRequest, book: Rulebook, trial: Callable[..., Any], records: Any,
    written: Callable[..., dict[str, bytes]],
) -> dict[str, str]:  # fmt: skip
    """The trial report, one of a participant with findings, and a letter, of a simulated trial."""
    shown = dataclasses.replace(trial(records), catalog=catalog_of(book, request.param), is_simulated=True)
    files = written(shown, "html")
    participant = next(name for name, data in files.items() if name.startswith("participants/") and b"DV-ELG" in data)
    letter = next(name for name in files if name.startswith("letters/"))
    return {name: files[name].decode() for name in ("trial.html", participant, letter)}


@pytest.mark.parametrize("width", [1280, 640, 390])
def test_nothing_is_cut_and_nothing_scrolls_sideways(width: int, pages: dict[str, str], tmp_path: Path) -> None:
    """640 px are 1280 px at a zoom of 200 %."""
    for name, page in pages.items():
        found = in_browser(page, _MEASURE, width, 900, tmp_path)
        assert found["width"] == width
        assert found["wide"] <= width, name
        assert found["cut"] == [], name
        if width == 1280 and name == "trial.html":
            assert 0 <= found["head"] < 60, "the head of a table is out of sight"


def test_a_phone_can_hold_the_report_of_many(
    book: Rulebook, trial: Callable[..., Any], written: Callable[..., dict[str, bytes]], tmp_path: Path
) -> None:
    from precise_cal.simulate import cohort

    (page,) = written(trial(cohort(160, 3)), "html", only="trial.html").values()
    assert in_browser(page.decode(), _MEASURE, 390, 844, tmp_path)["tall"] < 60_000


def test_axe_finds_nothing(pages: dict[str, str], tmp_path: Path) -> None:
    axe = os.environ.get("AXE_CORE")
    if not axe or not Path(axe).is_file():
        pytest.skip("AXE_CORE names no axe.min.js: npm install axe-core")
    source = Path(axe).read_text("utf-8").replace("</script>", "<\\/script>")
    script = (
        source + ";const all = await axe.run(); const result = all.violations.map(one => [one.id, one.nodes[0].html])"
    )
    for name, page in pages.items():
        for width in (1280, 390):
            assert in_browser(page, script, width, 900, tmp_path) == [], (name, width)
