"""What an import read, took and refused, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.language.catalog import Joined, Verbatim, message, placed, plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.exchange.counts import FieldCount
    from precise_cal.exchange.run import Import

_SHOWN: Final = 50


def count_lines(job: Import) -> Iterator[str]:
    """What became of rows and cells."""
    counts = job.counts
    for name, number in counts.rows.items():
        blanks = counts.blank_rows[name]
        beside = [plural(blanks, "{ $count } blank row beside", "{ $count } blank rows beside")] if blanks else []
        read = plural(number, "{ $count } row read", "{ $count } rows read")
        yield placed(name, Joined(", ", [read, *beside]))
    for table in job.plan.tables:
        one = counts.tables[table.number]
        into = ".".join(table.into) or "the record"
        became = [plural(one.taken, "{ $count } row taken", "{ $count } rows taken")]
        became += [message("{ $count } left as the map says", count=one.left)] if one.left else []
        became += [message("{ $count } without anything of it", count=one.empty)] if one.empty else []
        yield message(
            "table { $number } ({ $source } into { $into }): { $became }",
            number=table.number + 1,
            source=Verbatim(table.source),
            into=into,
            became=Joined(", ", became),
        )
        stated = {".".join(each.path) for each in table.fields if each.source.value is not None}
        for name in dict.fromkeys((*(".".join(each.path) for each in table.fields), *one.fields)):
            yield "  " + placed(name, "stated by the map" if name in stated else _field(one.fields[name]))
    for source, names in counts.ignored.items():
        if names:
            yield message(
                "{ $source }: { $columns } ignored, as the map says: { $names }",
                source=Verbatim(source),
                columns=plural(len(names), "{ $count } column", "{ $count } columns"),
                names=Verbatim(", ".join(sorted(names))),
            )
    everybody = plural(counts.participants, "{ $count } participant", "{ $count } participants")
    yield Joined(", ", [everybody, plural(counts.refused, "{ $count } cell refused", "{ $count } cells refused")])


def _field(count: FieldCount) -> str:
    parts = [message("{ $count } mapped", count=count.mapped)]
    parts += [
        message("{ $count } { $reason }", count=number, reason=reason)
        for reason, number in sorted(count.missing.items())
    ]
    parts += [message("{ $count } blank", count=count.blank)] if count.blank else []
    parts += [message("{ $count } refused", count=count.refused)] if count.refused else []
    return Joined(", ", parts)


def refusal_lines(job: Import) -> Iterator[str]:
    """What was refused, and what follows from it."""
    counts = job.counts
    yield from (one.words for one in counts.refusals[:_SHOWN])
    if counts.refused > _SHOWN:
        yield plural(counts.refused - _SHOWN, "{ $count } more cell was refused", "{ $count } more cells were refused")
    if counts.refused and not job.keep_going:
        yield "nothing was written; --keep-going writes all that was not refused"
    elif counts.refused:
        if counts.incomplete:
            yield message("incomplete: { $participants }", participants=Verbatim(", ".join(counts.incomplete)))
        if counts.left_out:
            names = Verbatim(", ".join(dict.fromkeys(counts.left_out)))
            yield message("not written: { $participants }", participants=names)
