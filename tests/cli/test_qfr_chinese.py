"""What QFR says in Chinese: screens, refusals and pages, without English but names and units."""

from __future__ import annotations

import html
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

if TYPE_CHECKING:
    from collections.abc import Callable

EXAMPLES = Path(__file__).parents[2] / "examples"
NAMES = set(
    re.findall(
        "[A-Za-z]+",
        """
        precise cal mm Pa Hg kg px ms deg Huo Kassab CAMILLA Medis huo kassab murray finet reference constant rns rnsp
        gould young ponsp poiseuille angle foreshortening frames overlap residual undefined unmatched JPEG Baseline
        Process Lossless
        """,
    )
)
"""Names of units, models, people and programs."""


def strange(text: str) -> list[str]:
    """English words of a text."""
    left = re.sub(r"“[^”]*”|\"[^\"]*\"|\S*[/.]\S*|[A-Z_]{3,}", " ", text)
    return sorted(
        {word for word in re.findall(r"(?<![A-Za-z0-9_.-])[A-Z]?[a-z]{2,}(?![A-Za-z_])", left) if word not in NAMES}
    )


def read(page: str) -> str:
    """A page as people read it, texts of drawings among it."""
    body = re.sub(r"<(script|style)[^>]*>.*?</\1>", " ", page, flags=re.DOTALL)
    return html.unescape(re.sub(r"<[^>]+>", " ", body))


def test_a_lumen_is_told_in_chinese(precise: Callable[..., Any], tmp_path: Path) -> None:
    out, plot = tmp_path / "page.html", tmp_path / "plot.svg"
    shown = ("--report", out, "--plot", plot, "--samples", "20", "--model", "all", "--lang", "zh")
    said = precise("qfr", "lumen", EXAMPLES / "qfr_lumen.csv", *shown)
    assert said.status == 0
    assert strange(said.out) == []
    assert strange(read(out.read_text("utf-8"))) == []
    assert '<html lang="zh">' in out.read_text("utf-8")
    assert strange(read(plot.read_text("utf-8"))) == []


@pytest.mark.parametrize(
    ("option", "value", "wanted"),
    [
        ("--velocity", "7", "流速：7 m/s；应大于 0 且不超过 3 m/s"),
        ("--aortic-pressure", "7", "主动脉压：7 mm[Hg]；应为 30 至 250"),
        ("--treat", "9", "--treat 9：应为 1 至 2 的数"),
        ("--healthy", "5:1", "应由近端至远端，两个有限数"),
    ],
)
def test_what_a_lumen_is_refused_for(option: str, value: str, wanted: str, precise: Callable[..., Any]) -> None:
    said = precise("qfr", "lumen", EXAMPLES / "qfr_lumen.csv", option, value, "--samples", "0", "--lang", "zh")
    assert said.status == 2
    assert wanted in said.err


def test_a_film_is_described_in_chinese(precise: Callable[..., Any]) -> None:
    said = precise("qfr", "info", EXAMPLES / "angiogram" / "view-a.dcm", "--lang", "zh")
    assert said.status == 0
    assert strange(said.out) == []


@pytest.mark.slow
def test_an_angiogram_is_told_in_chinese(precise: Callable[..., Any], tmp_path: Path) -> None:
    out = tmp_path / "page.html"
    options = ("--report", out, "--analysis", tmp_path / "a.json", "--samples", "20", "--lang", "zh")
    said = precise("qfr", "angio", EXAMPLES / "angiogram" / "STUDY.json", *options)
    assert said.status in (0, 3)
    assert strange(said.out) == []
    assert strange(read(out.read_text("utf-8"))) == []
