"""Help and usage errors in Chinese: every command, every paragraph, no English but what is typed."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal import bundle
from precise_cal.cli import sealer
from precise_cal.cli.app import every_command, in_language
from precise_cal.cli.help import fill, help_texts, paragraphs
from precise_cal.cli.printable import columns
from precise_cal.cli.spoken import choose

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_LATIN = re.compile(r"[A-Za-z][A-Za-z0-9_.]*")
_WORD = re.compile(r"[A-Z]?[a-z]{2,}")
_TYPED = re.compile(r"--[a-z][a-z-]+|(?<![A-Za-z0-9])\d+(?:\.\d+)?")
NAMES = set(
    re.findall(
        "[A-Za-z]+",
        """
        Lines Schema Parquet
        Bland Altman Huo Ctrl shell pip install cal docs verdicts html pdf csv xlsx markdown queries
        adam sdtm json jsonl scan help kg mm usdm fhir calibration severity importance deviations protocol Dataset Pa Hg
        designs trials svg dcm png pem tsr tsq all xml cql tests form pub key sealing
        coordinator investigator monitor data manager https
        """,
    )
)
"""Names of formats, units, files and people."""


OTHERS = {"precise-sealer": sealer.app, "precise_cal.bundle": bundle.app}
"""Programs of their own."""


def walked(command: Any, *path: str) -> Iterator[tuple[tuple[str, ...], Any]]:
    yield path, command
    for name, inner in getattr(command, "commands", {}).items():
        yield from walked(inner, *path, name)


@pytest.fixture(scope="module")
def commands() -> list[tuple[tuple[str, ...], Any]]:
    choose(["--lang", "en"])
    return [*walked(every_command()), *(one for name, app in OTHERS.items() for one in walked(in_language(app), name))]


def texts(command: Any) -> Iterator[str]:
    """What a command says of itself, paragraph by paragraph."""
    told = [command.help, command.epilog, command.short_help, getattr(command, "options_metavar", None)]
    told += [getattr(one, name, None) for one in command.params for name in ("help", "metavar")]
    for text in filter(None, told):
        yield from paragraphs(text)


def typed(commands: list[tuple[tuple[str, ...], Any]]) -> set[str]:
    """Words that are typed: commands, options, choices, and defaults."""
    words = {name for path, _ in commands for name in path} | {"precise"}
    for _, command in commands:
        for one in command.params:
            words |= {
                *one.opts,
                *one.secondary_opts,
                str(one.name),
                str(one.default),
                *_LATIN.findall(str(one.metavar)),
            }
            words |= set(_LATIN.findall(str(getattr(one.default, "value", ""))))
    return {part for word in words for part in _LATIN.findall(word)}


def test_every_paragraph_of_help_has_chinese_that_names_the_same(commands: list[tuple[tuple[str, ...], Any]]) -> None:
    known = help_texts()["help"]
    missing = [(path, text) for path, one in commands for text in texts(one) if text not in known]
    assert missing == []
    other = {
        text: sorted(wanted ^ found)
        for _, one in commands
        for text in texts(one)
        if (wanted := set(_TYPED.findall(text))) != (found := set(_TYPED.findall(known[text])))
    }
    assert other == {}


def test_no_chinese_stands_there_in_vain(commands: list[tuple[tuple[str, ...], Any]]) -> None:
    used = {text for _, one in commands for text in texts(one)}
    words = {"Usage", "Options", "Arguments", "Commands", "COMMAND [ARGS]...", "Show this message and exit."}
    words |= {"float", "int", "int range", "float range", "str", "path", "list[Path]", "of", "expression"}
    assert sorted(set(help_texts()["help"]) - used - words) == []


def test_help_in_chinese_holds_no_english(
    commands: list[tuple[tuple[str, ...], Any]], precise: Callable[..., Any]
) -> None:
    allowed = typed(commands) | NAMES
    of_precise = [path for path, _ in commands if path[:1] not in {(name,) for name in OTHERS}]
    for path in of_precise:
        choices = re.findall(r"<([^>]*)>", precise(*path, "-h").out)
        allowed |= {word for choice in choices for word in re.split(r"[|\[\]]", choice)}  # list[one|another]
    strange: dict[tuple[str, ...], set[str]] = {}
    for path in of_precise:
        said = precise(*path, "--lang", "zh", "--help")
        assert said.out.startswith("用法：precise"), path
        assert max(columns(line) for line in said.out.splitlines() if "<" not in line) <= 80, path
        found = {word for word in _LATIN.findall(said.out) if _WORD.fullmatch(word) and word not in allowed}
        strange |= {path: found} if found else {}
    assert strange == {}


@pytest.mark.parametrize(
    ("typed_words", "wanted"),
    [
        (["check"], "缺少参数 '文件…'。"),
        (["check", "x", "--forma", "json"], "没有该选项：--forma（可能是：--format）"),
        (
            ["check", "x", "--format", "word"],
            "'--format' 的值无效：'word' 不在 'text', 'json', 'junit', 'github' 之中。",
        ),
        (["chekc"], "没有该命令：'chekc'。是否指 'check'？"),
        (["simulate", "--participants", "0"], "'--participants' 的值无效：应不小于 1"),
        (["simulate", "--participants", "many"], "'--participants' 的值无效：应为整数"),
        (["qfr", "lumen", "x", "--velocity", "fast"], "'--velocity' 的值无效：应为数"),
        (["qfr", "lumen", "x", "y"], "多余的参数（y）"),
        (["check", "x", "--verbose=1"], "选项 '--verbose' 不带值。"),
        (["check", "x", "--trial"], "选项 '--trial' 需要一个值。"),
        (["log", "bundle"], "缺少选项 '--out'。"),
        (["schema"], "缺少参数 'of'。可选："),
    ],
)
def test_usage_errors_are_told_in_chinese(typed_words: list[str], wanted: str, precise: Callable[..., Any]) -> None:
    said = precise(typed_words[0], "--lang", "zh", *typed_words[1:]) if typed_words[0] != "chekc" else None
    said = said or precise("--lang", "zh", "chekc")
    assert said.status == 2
    assert f"错误：{wanted}" in said.err


def test_the_locale_chooses_the_language_of_help(precise: Callable[..., Any], monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LC_ALL", "zh_CN.UTF-8")
    assert "按试验的每条规则判定受试者" in precise("check", "--help").out
    assert "Judge participants" in precise("check", "--help", "--lang", "en").out
    assert precise("check", "--lang", "en", "--lang=zh", "--help").out.startswith("用法：precise check")
    assert precise("check", "--help", "--", "--lang", "en").out.startswith("用法：precise check")


def test_lines_are_broken_where_chinese_breaks_them() -> None:
    assert fill("一二三四，五六（七八）", 8) == ["一二三四，", "五六（七", "八）"]
    assert fill("一二三（四五", 8) == ["一二三", "（四五"]
    assert fill("写入 JSON Lines 文件", 12) == ["写入 JSON", "Lines 文件"]
    assert fill("", 8) == []
