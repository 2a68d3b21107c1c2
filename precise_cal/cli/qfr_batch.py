"""``precise qfr batch`` and ``precise qfr agreement``: many studies in one table, and how far two readers agree."""

from __future__ import annotations

import csv
import io
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from precise_cal.cli import exits, qfr_options
from precise_cal.cli.echo import echo, echo_json
from precise_cal.cli.options import OutputFormat
from precise_cal.language.catalog import Joined, Verbatim, lines_of, message, words_of

if TYPE_CHECKING:
    from precise_cal.qfr.session.batch import Compared, Done

TABLE = "qfr-table.csv"


@cache
def register(app: typer.Typer) -> None:
    """Hangs the two commands under ``app``."""
    app.command("batch")(batch)
    app.command("agreement")(agreement)


def batch(
    folder: Annotated[Path, typer.Argument(metavar="FOLDER", help="With STUDY.json or *.study.json, at any depth.")],
    samples: Annotated[int, typer.Option("--samples", help="Monte Carlo samples of the interval; 0: none.")] = 400,
    out: Annotated[
        Path | None, typer.Option("--out", metavar="TABLE.csv", help=f"The table (default: {TABLE} in the folder).")
    ] = None,
    output_format: Annotated[
        OutputFormat, typer.Option("--format", help="Form of what is printed.")
    ] = OutputFormat.text,
    force: qfr_options.Force = False,
) -> int:
    """QFR of many studies, each saved beside its study, and one table; started again, it goes on where it stopped."""
    from precise_cal.cli.progress import bar
    from precise_cal.files.records import InputError
    from precise_cal.files.writing import check_target, write_file
    from precise_cal.qfr.errors import QfrError
    from precise_cal.qfr.lumen.analysis import Settings
    from precise_cal.qfr.session.batch import analyzed, result_path, studies

    try:
        paths = studies(folder)
    except QfrError as error:
        raise InputError(words_of(error)) from error
    if out is not None:
        check_target(out, force=force, inputs=paths)
    done: list[Done] = []
    with bar(message("studies"), len(paths)) as advance:
        for path in paths:
            one = analyzed(path, folder, Settings(), samples)
            if one.text is not None:
                _save_result(result_path(path), one.text.encode())
            done.append(one)
            advance()
    rows = [one.row() for one in done]
    table = folder / TABLE if out is None else out
    write_file(table, _csv(rows).encode(), force=force or out is None, inputs=paths)
    _print(rows, output_format)
    if any(one.data is None for one in done):
        return exits.BAD_INPUT
    return exits.UNDECIDED if any(row["qfr"] is None for row in rows) else exits.OK


def agreement(
    first: Annotated[Path, typer.Argument(metavar="FOLDER_1", help="Results (*.qfr.json) of the first reader.")],
    second: Annotated[Path, typer.Argument(metavar="FOLDER_2", help="Those of the second, under the same names.")],
    plot: Annotated[
        Path | None, typer.Option("--plot", metavar="FILE.svg", help="Write the Bland–Altman plot of QFR.")
    ] = None,
    output_format: Annotated[OutputFormat, typer.Option("--format", help="Form of the result.")] = OutputFormat.text,
    force: qfr_options.Force = False,
) -> int:
    """How far two readers agree: Bland–Altman limits and ICC(2,1) of QFR, least diameter and velocity."""
    from precise_cal.files.records import InputError
    from precise_cal.files.writing import check_target, write_file
    from precise_cal.qfr.errors import QfrError
    from precise_cal.qfr.lumen.result import as_text
    from precise_cal.qfr.session.agreement import as_svg
    from precise_cal.qfr.session.batch import MEASURES, compared

    if plot is not None and plot.suffix.lower() != ".svg":
        raise InputError(message("{ $plot }: the plot of agreement ends in .svg", plot=plot))
    if plot is not None:
        check_target(plot, force=force)
    try:
        found = compared(first, second)
    except QfrError as error:
        raise InputError(words_of(error)) from error
    if output_format is OutputFormat.json:
        echo_json(as_text(found.as_data()), nl=False)
    else:
        echo(_lines(found), nl=False)
    if plot is not None:
        name = MEASURES[0][1]
        write_file(plot, as_svg(found.measures[name], name).encode(), force=force)
    return exits.OK


def _save_result(path: Path, data: bytes) -> None:
    """Save a result; one that it replaces stays beside it, under a name that tells its content."""
    from hashlib import sha256

    from precise_cal.files.writing import write_file

    if path.exists():
        before = path.read_bytes()
        if before == data:
            return
        kept = path.with_name(f"{path.name.removesuffix('.json')}-{sha256(before).hexdigest()[:12]}.json")
        write_file(kept, before, force=True)
    write_file(path, data, force=True)


def _csv(rows: list[dict[str, Any]]) -> str:
    from precise_cal.qfr.session.batch import COLUMNS
    from precise_cal.reports.plain import guarded

    stream = io.StringIO()
    writer = csv.DictWriter(stream, COLUMNS, lineterminator="\n")
    writer.writeheader()
    writer.writerows({name: guarded(value) for name, value in row.items()} for row in rows)
    return stream.getvalue()


def _print(rows: list[dict[str, Any]], output_format: OutputFormat) -> None:
    if output_format is OutputFormat.json:
        from precise_cal.qfr.lumen.result import as_text

        echo_json(as_text({"studies": rows}), nl=False)
        return
    for row in rows:
        number = "not analyzable" if row["qfr"] is None else message("QFR { $qfr }", qfr=f"{row['qfr']:.2f}")
        if row["low"] is not None:
            held = ", holds 0.80" if row["side_of_0.80"] == "open" else ""
            low, high = f"{row['low']:.2f}", f"{row['high']:.2f}"
            number += message(" ({ $low }-{ $high }{ $held })", low=low, high=high, held=held)
        told = "failed" if row["status"] == "failed" else number
        parts = [Verbatim(row["study"]), row["status"], told, *filter(None, [row["reasons"]])]
        echo(Joined("  ", parts))


def _lines(found: Compared) -> str:
    lines = []
    for name, one in found.measures.items():
        lines.append(
            message(
                "{ $name }: { $size } pairs, first minus second { $value } ({ $low } to { $high }), limits "
                "of agreement { $value_2 } to { $value_3 }, ICC(2,1) { $value_4 } ({ $low_2 } to { $high_2 "
                "})",
                name=name,
                size=one.first.size,
                value=f"{one.bias.value:z.4f}",
                low=f"{one.bias.low:z.4f}",
                high=f"{one.bias.high:z.4f}",
                value_2=f"{one.lower.value:z.4f}",
                value_3=f"{one.upper.value:z.4f}",
                value_4=f"{one.icc.value:.3f}",
                low_2=f"{one.icc.low:.3f}",
                high_2=f"{one.icc.high:.3f}",
            )
        )
    on = found.sides
    lines.append(
        message(
            "QFR above 0.80: both { $both_above }, first only { $first_only }, second only { "
            "$second_only }, none { $none_above }",
            both_above=on["both_above"],
            first_only=on["first_only"],
            second_only=on["second_only"],
            none_above=on["none_above"],
        )
    )
    lines += [message("left out: { $one }", one=one) for one in found.without]
    return lines_of(lines) + "\n"
