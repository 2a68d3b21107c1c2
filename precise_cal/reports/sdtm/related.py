"""RELREC: records that are of one thing."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.reports.sdtm.dataset import Dataset, Row, dataset, usubjid
from precise_cal.reports.sdtm.deviations import confirmed

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.reports.sdtm.timing import Clock

_Record = tuple[str, str]
"""A dataset, and the sequence number of a record in it."""


def relrec(clocks: Sequence[Clock], made: Mapping[str, Dataset]) -> Dataset:
    """Related Records: a deviation with the criterion that it is about, and rows that the trial declares as linked.

    Args:
        clocks: the participants.
        made: the datasets with records of participants, by name.
    """
    found = [*_deviations(clocks, made["IE"])]
    for first, second in clocks[0].trial.study.submission.linked if clocks else ():
        found += _same_identifier(made.get(first), made.get(second))
    rows: list[Row] = []
    numbers: dict[str, int] = {}
    for subject, pair in found:
        numbers[subject] = numbers.get(subject, 0) + 1
        for name, sequence in pair:
            rows.append(
                {
                    "STUDYID": clocks[0].trial.study.id,
                    "RDOMAIN": name,
                    "USUBJID": subject,
                    "IDVAR": f"{name}SEQ",
                    "IDVARVAL": sequence,
                    "RELID": f"{pair[0][0]}{pair[1][0]}{numbers[subject]}",
                }
            )
    return dataset("RELREC", rows, ("STUDYID", "USUBJID", "RELID", "RDOMAIN", "IDVAR", "IDVARVAL"))


def _deviations(clocks: Sequence[Clock], ie: Dataset) -> Iterator[tuple[str, tuple[_Record, _Record]]]:
    unmet = {(row["USUBJID"], row["IESPID"]): str(row["IESEQ"]) for row in ie.records}
    for clock in clocks:
        subject = usubjid(clock.trial, clock.case)
        for number, one in enumerate(confirmed(clock.case), start=1):
            sequence = unmet.get((subject, one.deviation.rule))
            if sequence is not None:
                yield subject, (("DV", str(number)), ("IE", sequence))


def _same_identifier(one: Dataset | None, other: Dataset | None) -> Iterator[tuple[str, tuple[_Record, _Record]]]:
    if one is None or other is None:
        return
    known = {(row["USUBJID"], row.get(f"{other.name}SPID")): row[f"{other.name}SEQ"] for row in other.records}
    for row in one.records:
        name = row.get(f"{one.name}SPID")
        sequence = known.get((row["USUBJID"], name)) if name else None
        if sequence is not None:
            yield str(row["USUBJID"]), ((one.name, str(row[f"{one.name}SEQ"])), (other.name, str(sequence)))
