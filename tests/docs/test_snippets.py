"""Every Python snippet of the documents runs, and prints what the block after it says."""

from __future__ import annotations

import io
import re
from contextlib import redirect_stdout
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
_SNIPPET = re.compile(r"^```python\n(.*?)^```\n(?:\n```\n(.*?)^```\n)?", re.MULTILINE | re.DOTALL)
SNIPPETS = [
    pytest.param(code, shown, id=f"{page.relative_to(ROOT)}:{number}")
    for page in sorted([*ROOT.glob("*.md"), *(ROOT / "docs").glob("*.md")])
    for number, (code, shown) in enumerate(_SNIPPET.findall(page.read_text(encoding="utf-8")), 1)
]


@pytest.mark.parametrize(("code", "shown"), SNIPPETS)
def test_a_snippet_runs_and_prints_what_is_shown(code: str, shown: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    out = io.StringIO()
    with redirect_stdout(out):
        exec(compile(code, "snippet", "exec"), {"__name__": "snippet"})
    if shown:
        assert out.getvalue() == shown
