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


def plotted(precise: Callable[..., Any], plot: Path, *options: object) -> Any:
    return precise("qfr", "lumen", EXAMPLES / "qfr_lumen.csv", "--samples", "0", "--plot", plot, *options)


def test_a_picture_of_a_pullback_has_chinese_letters_or_says_that_none_were_found(
    precise: Callable[..., Any], tmp_path: Path
) -> None:
    english, chinese = tmp_path / "en.png", tmp_path / "zh.png"
    assert plotted(precise, english).status == 0
    said = plotted(precise, chinese, "--lang", "zh")
    if said.status == 2:
        assert "请安装中文字体" in said.err
        assert not chinese.exists()
    else:
        assert said.status == 0
        assert chinese.read_bytes() != english.read_bytes()


def test_a_picture_has_no_boxes_in_place_of_letters(precise: Callable[..., Any], tmp_path: Path) -> None:
    latin = next(Path("/usr/share/fonts").rglob("DejaVuSans.ttf"), None)
    if latin is None:
        pytest.skip("no DejaVuSans.ttf: apt-get install fonts-dejavu-core")
    plot = tmp_path / "plot.png"
    said = plotted(precise, plot, "--lang", "zh", "--font", latin)
    assert said.status == 2
    assert f"无法绘制图：{latin} 没有字体含有其字符" in said.err
    assert not plot.exists()


def test_a_font_that_is_no_file_is_refused_before_anything_is_computed(
    precise: Callable[..., Any], tmp_path: Path
) -> None:
    said = plotted(precise, tmp_path / "plot.png", "--font", tmp_path / "none.ttf")
    assert (said.status, said.out) == (2, "")
    assert f"--font {tmp_path / 'none.ttf'}: is no file" in said.err


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
