"""What an import read, took and refused, as text."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.exchange.counts import FieldCount
    from precise_cal.exchange.run import Import

_SHOWN: Final = 50


def count_lines(job: Import) -> Iterator[str]:
    """What became of rows and cells."""
    counts = job.counts
    for name, number in counts.rows.items():
        blank = f", {_many(counts.blank_rows[name], 'blank row')} beside" if counts.blank_rows[name] else ""
        yield f"{name}: {_many(number, 'row')} read{blank}"
    for table in job.plan.tables:
        one = counts.tables[table.number]
        into = ".".join(table.into) or "the record"
        left = f", {one.left} left as the map says" if one.left else ""
        empty = f", {one.empty} without anything of it" if one.empty else ""
        yield f"table {table.number + 1} ({table.source} into {into}): {_many(one.taken, 'row')} taken{left}{empty}"
        stated = {".".join(each.path) for each in table.fields if each.source.value is not None}
        for name in dict.fromkeys((*(".".join(each.path) for each in table.fields), *one.fields)):
            yield f"  {name}: {'stated by the map' if name in stated else _field(one.fields[name])}"
    for source, names in counts.ignored.items():
        if names:
            yield f"{source}: {_many(len(names), 'column')} ignored, as the map says: {', '.join(sorted(names))}"
    yield f"{_many(counts.participants, 'participant')}, {_many(counts.refused, 'cell')} refused"


def _field(count: FieldCount) -> str:
    missing = [f"{number} {reason}" for reason, number in sorted(count.missing.items())]
    parts = [f"{count.mapped} mapped", *missing]
    parts += [f"{count.blank} blank"] if count.blank else []
    parts += [f"{count.refused} refused"] if count.refused else []
    return ", ".join(parts)


def refusal_lines(job: Import) -> Iterator[str]:
    """What was refused, and what follows from it."""
    counts = job.counts
    yield from map(str, counts.refusals[:_SHOWN])
    if counts.refused > _SHOWN:
        yield f"{counts.refused - _SHOWN} more cells were refused"
    if counts.refused and not job.keep_going:
        yield "nothing was written; --keep-going writes all that was not refused"
    elif counts.refused:
        if counts.incomplete:
            yield f"incomplete: {', '.join(counts.incomplete)}"
        if counts.left_out:
            yield f"not written: {', '.join(dict.fromkeys(counts.left_out))}"


def _many(number: int, word: str) -> str:
    return f"{number:,} {word}{'' if number == 1 else 's'}"
