"""``precise new``: one record, asked for at the terminal, or as a workbook to fill in."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Final

import typer

from precise_cal.cli import exits
from precise_cal.cli.echo import echo, tell
from precise_cal.cli.given import rules_folder
from precise_cal.cli.options import RulesOption
from precise_cal.cli.spoken import language
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from precise_cal.exchange.crf.answers import AnswerReader
    from precise_cal.protocol.from_json import RecordReader

_WORKBOOK: Final = ".xlsx"


def new(
    out: Annotated[
        Path, typer.Option("--out", metavar="FILE", help="The record (.json); or .xlsx, a form to be filled in.")
    ],
    from_: Annotated[
        Path | None, typer.Option("--from", metavar="FILE.json", help="A record whose values are there already.")
    ] = None,
    rules_only: Annotated[bool, typer.Option("--rules-only", help="Ask only for what the rules read.")] = False,
    rules: RulesOption = None,
    force: Annotated[bool, typer.Option("--force", help="Overwrite the file.")] = False,
) -> int:
    """Ask for one participant at the terminal and write the record, or write a form that holds what is known.

    Enter leaves a question open (or keeps what is known), - takes an answer back, the end of input (Ctrl-D) leaves the
    rest as it is. A workbook is read by the map of `precise crf --format xlsx`.

    Exit status: 0 written, 2 bad usage, or answers that make no record.
    """
    from precise_cal.engine.rulebook import rulebook
    from precise_cal.exchange.crf.answers import AnswerReader
    from precise_cal.exchange.crf.form import form_of
    from precise_cal.exchange.crf.workbook import workbook
    from precise_cal.files.writing import check_target, write_file

    inputs = [from_] if from_ else []
    check_target(out, force=force, inputs=inputs)
    book = rulebook(rules_folder(rules), cache=not rules_only)
    spoken = language()
    reader = AnswerReader(form_of(book, rules_only=rules_only), book.records, spoken)
    known = reader.answers_of(_read(from_, book.records)) if from_ else {}
    if out.suffix.lower() == _WORKBOOK:
        write_file(out, workbook(reader.form, spoken, known), force=force, inputs=inputs)
        echo(
            message(
                "{ $out }: fill it in, and read it by the map of precise crf --format xlsx --lang { $spoken }",
                out=out,
                spoken=spoken,
            )
        )
        return exits.OK
    record, problems = reader.record(_asked(reader, known))
    if record is None:
        for one in problems or ["no participant was named"]:
            tell(one)
        return exits.BAD_INPUT
    text = json.dumps(record, ensure_ascii=False, indent=2) + "\n"
    write_file(out, text.encode(), force=force, inputs=inputs)
    echo(message("{ $out }: written", out=out))
    return exits.OK


def _read(path: Path, reader: RecordReader) -> dict[str, Any]:
    """A record that holds what no record may hold is refused before anything is asked."""
    from precise_cal.cli.record_errors import located
    from precise_cal.files.records import InputError, Source, read_one
    from precise_cal.protocol.from_json import RecordError

    data = read_one(path)
    try:
        reader.read(data)
    except RecordError as error:
        raise InputError("\n".join(located(Source(str(path), None, data), error))) from None
    found: dict[str, Any] = json.loads(data, parse_float=str)
    return found


def _asked(reader: AnswerReader, known: Any) -> Any:
    from precise_cal.exchange.crf.interview import Interview

    def say(text: str) -> None:
        echo(text, err=True, nl=False)

    def read() -> str | None:
        line = sys.stdin.buffer.readline() if sys.stdin is not None else b""
        return line.decode("utf-8", "replace") if line else None

    return Interview(reader, read, say, known).run()
