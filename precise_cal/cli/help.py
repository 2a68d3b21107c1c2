"""Help and usage errors in Chinese: what commands say of themselves, and what Typer says of what was typed."""

from __future__ import annotations

import re
from functools import cache
from inspect import cleandoc
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from precise_cal.cli.printable import columns
from precise_cal.cli.spoken import catalog
from precise_cal.language.catalog import Text, message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

FILE: Final = Path(__file__).with_name("help_chinese.yaml")
_PLACE: Final = re.compile(r"\{ \$(\w+) \}")
_EXTRA: Final = re.compile(r"(.*?)\s*\[((?:default|required|env var|[\d.x]+[<>]).*)\]", re.DOTALL)
_WORD: Final = re.compile(r"(?<!\S)([<{]?)([A-Za-z][a-z]*(?: [a-z]+|\[\w+\])?)([>}]?)(?!\S)")
_PIECES: Final = re.compile(r"\s+|[^\s\u2e80-\u9fff\uff00-\uffef]+|.")
_NEVER_FIRST: Final = frozenset("，。；：、！？）”》…")
_NEVER_LAST: Final = "（“《"


@cache
def help_texts() -> Mapping[str, Mapping[str, str]]:
    """Chinese by English: ``help``, paragraphs of commands and options; ``usage``, patterns of what Typer says."""
    import yaml

    found: dict[str, dict[str, str]] = yaml.load(FILE.read_text("utf-8"), getattr(yaml, "CSafeLoader", yaml.SafeLoader))  # noqa: S506 - a safe loader
    return found


def paragraphs(text: str) -> list[str]:
    """The paragraphs of a help text, each on one line: the keys of its Chinese."""
    return [" ".join(one.split()) for one in cleandoc(text).split("\n\n")]


def in_chinese(text: str) -> str:
    """A help text, paragraph by paragraph."""
    known = help_texts()["help"]
    return "\n\n".join(known.get(one, one) for one in paragraphs(text))


def speak_chinese(command: Any) -> None:
    """Let a command, and all below it, be told in Chinese."""
    command.context_class = _context_class(command.context_class)
    for name in ("help", "epilog", "short_help"):
        text = getattr(command, name)
        if text:
            setattr(command, name, in_chinese(text))
    command.short_help = command.short_help or (command.help or "").split("\n")[0].split("。")[0]
    for name in ("options_metavar", "subcommand_metavar"):
        if getattr(command, name, None):
            setattr(command, name, in_chinese(getattr(command, name)))
    for parameter in command.params:
        for name in ("help", "metavar"):
            text = getattr(parameter, name, None)
            if text:
                setattr(parameter, name, in_chinese(text))
    for inner in getattr(command, "commands", {}).values():
        speak_chinese(inner)


@cache
def _context_class(base: Any) -> Any:
    """A context of Typer whose help is laid out for Chinese."""

    class Formatter(base.formatter_class):  # type: ignore[misc]
        """Headings and remarks in Chinese, lines broken where Chinese breaks them."""

        def write_usage(self, prog: str, args: str = "", prefix: str | None = None) -> None:
            del prefix
            head = f"{in_chinese('Usage')}：{prog} "
            lines = fill(_named(args), max(self.width - columns(head), 20))
            self.write(head + f"\n{' ' * columns(head)}".join(lines) + "\n")

        def write_heading(self, heading: str) -> None:
            self.write(f"{'':>{self.current_indent}}{in_chinese(heading)}：\n")

        def write_text(self, text: str) -> None:
            indent = " " * self.current_indent
            parts = [
                "\n".join(indent + line for line in fill(one, self.width - self.current_indent))
                for one in paragraphs(text)
            ]
            self.write("\n\n".join(parts) + "\n")

        def write_dl(self, rows: Sequence[tuple[str, str]], col_max: int = 30, col_spacing: int = 2) -> None:
            named = [(_named(name), _described(text)) for name, text in rows]
            width = min(max(columns(name) for name, _ in named), col_max) + col_spacing
            for name, text in named:
                head = " " * self.current_indent + name
                fits = columns(name) <= width - col_spacing
                gap = " " * (width - columns(name)) if fits else "\n" + " " * (width + self.current_indent)
                lines = fill(text, max(self.width - width - 2, 10)) or [""]
                told = f"\n{' ' * (width + self.current_indent)}".join(lines)
                self.write(f"{head}{gap if text else ''}{told}\n")

    class Context(base):  # type: ignore[misc]
        """Its help is laid out by the formatter above."""

        formatter_class = Formatter

    return Context


def _named(text: str) -> str:
    """The name of a parameter with its type, whose words stand alone, or in brackets."""
    return _WORD.sub(lambda word: f"{word[1]}{in_chinese(word[2])}{word[3]}", text)


def _described(text: str) -> str:
    """The help of an option, with what Typer adds in brackets."""
    found = _EXTRA.fullmatch(text)
    if found is None:
        return in_chinese(text)
    extras = "；".join(map(recognized, found[2].split("; ")))
    return f"{in_chinese(found[1])}（{extras}）"


def fill(text: str, width: int) -> list[str]:
    """The lines of a text: broken at blanks and between Chinese characters, never before a closing mark."""
    lines = [""]
    for piece in _PIECES.findall(text):
        is_blank = piece.isspace()
        if columns(lines[-1]) + columns(piece) > width and lines[-1] and piece not in _NEVER_FIRST:
            kept = lines[-1].rstrip().rstrip(_NEVER_LAST)
            moved = lines[-1].rstrip()[len(kept) :]
            lines[-1] = kept
            lines.append(moved + ("" if is_blank else piece))
        elif lines[-1] or not is_blank:
            lines[-1] += " " if is_blank else piece
    return [one for one in lines if one]


def recognized(text: str) -> str:
    """What Typer says, in Chinese, by the patterns that it fills; what none fits stays as it is."""
    for pattern, chinese in _patterns():
        found = pattern.fullmatch(text)
        if found:
            return _PLACE.sub(lambda place, found=found: recognized(found[place[1]]), chinese)  # type: ignore[misc]
    return text


@cache
def _patterns() -> list[tuple[re.Pattern[str], str]]:
    """The patterns of what Typer says, those with most words first."""
    known = sorted(help_texts()["usage"].items(), key=lambda one: -len(_PLACE.sub("", one[0])))
    return [(re.compile(_expression(english), re.DOTALL), chinese) for english, chinese in known]


def _expression(pattern: str) -> str:
    pieces = _PLACE.split(pattern)
    return "".join(f"(?P<{piece}>.+)" if place % 2 else re.escape(piece) for place, piece in enumerate(pieces))


def usage_lines(error: Any) -> Iterator[str]:
    """A usage error in Chinese: how the command is called, where its help is, and what is wrong."""
    context = error.ctx
    if context is not None:
        yield context.get_usage()
        yield recognized(f"Try '{context.command_path} {context.help_option_names[0]}' for help.")
        yield ""
    yield recognized("Error: { $text }").replace("{ $text }", _wrong(error))


def _wrong(error: Any) -> str:
    if not isinstance(error.message, Text):
        return recognized(error.format_message())
    hint = getattr(error, "param_hint", None)
    text = catalog()(error.message)
    return catalog()(message("{ $option }: { $text }", option=hint, text=text)) if hint else text
