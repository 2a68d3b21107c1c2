"""ADDV: one record for each protocol deviation that a person confirmed, with what it means for the analysis."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.reports.adam.form import Form, analysis, day_of, derived, taken
from precise_cal.reports.adam.subjects import flags
from precise_cal.reports.sdtm.dataset import usubjid
from precise_cal.reports.sdtm.deviations import confirmed

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.reports.sdtm.dataset import Dataset, Row
    from precise_cal.reports.sdtm.timing import Clock


def addv(clocks: Sequence[Clock], dv: Dataset | None, adsl: Dataset) -> Dataset:
    """Protocol Deviations Analysis Dataset.

    Args:
        clocks: the participants.
        dv: the deviations of SDTM; none where none is confirmed.
        adsl: the participants as the analysis has them.
    """
    named = flags(clocks[0].trial) if clocks else {}
    leaving = {name: f"LEFT{number:02}FL" for number, name in enumerate(named, start=1)}
    form: tuple[Form, ...] = (
        *((name, label, "text", taken(f"ADSL.{name}")) for name, label in _OF_SUBJECT.items()),
        ("DVSEQ", "Sequence Number", "integer", taken("DV.DVSEQ")),
        ("DVREFID", "Reference ID", "text", taken("DV.DVREFID")),
        ("DVTERM", "Protocol Deviation Term", "text", taken("DV.DVTERM")),
        ("DVDECOD", "Protocol Deviation Coded Term", "text", taken("DV.DVDECOD")),
        ("DVCAT", "Category for Protocol Deviation", "text", taken("DV.DVCAT")),
        ("DVSCAT", "Subcategory for Protocol Deviation", "text", taken("DV.DVSCAT")),
        ("EPOCH", "Epoch", "text", taken("DV.EPOCH")),
        ("ASTDT", "Analysis Start Date", "date", derived("The date of DV.DVSTDTC")),
        ("ASTDY", "Analysis Start Relative Day", "integer", taken("DV.DVSTDY")),
        (
            "IMPORTFL",
            "Important Deviation Flag",
            "text",
            derived("Y where a person or the default of its code says so"),
        ),
        *(
            (flag, f"Leaves {name[:20]} Flag", "text", derived("Y where the deviation leaves it"))
            for name, flag in leaving.items()
        ),
    )
    subjects = {str(row["USUBJID"]): row for row in adsl.records}
    found = {
        (usubjid(one.trial, one.case), number): each
        for one in clocks
        for number, each in enumerate(confirmed(one.case), 1)
    }
    rows: list[Row] = []
    for row in dv.records if dv else ():
        finding = found[str(row["USUBJID"]), int(row["DVSEQ"] or 0)]
        left = {name for name, stays in finding.deviation.populations.items() if not stays}
        rows.append(
            {
                **{name: subjects[str(row["USUBJID"])][name] for name in _OF_SUBJECT},
                **{name: row.get(name) for name, *_ in form if name in row},
                "ASTDT": day_of(row.get("DVSTDTC")),
                "ASTDY": row.get("DVSTDY"),
                "IMPORTFL": "Y" if finding.importance == "important" else "N",
                **{flag: "Y" if name in left else "N" for name, flag in leaving.items()},
            }
        )
    return analysis(
        "ADDV",
        "Protocol Deviations Analysis Dataset",
        "One record per protocol deviation per subject",
        "OCCURRENCE DATA STRUCTURE",
        form,
        rows,
        ("STUDYID", "USUBJID", "DVSEQ"),
    )


_OF_SUBJECT = {
    "STUDYID": "Study Identifier",
    "USUBJID": "Unique Subject Identifier",
    "SUBJID": "Subject Identifier for the Study",
    "SITEID": "Study Site Identifier",
    "TRT01P": "Planned Treatment for Period 01",
    "TRT01A": "Actual Treatment for Period 01",
}
"""What is repeated of ADSL."""
