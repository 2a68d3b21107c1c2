"""The analysis datasets as files."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.reports.adam.deviations import addv
from precise_cal.reports.adam.subjects import adsl
from precise_cal.reports.adam.time_to_event import adtte
from precise_cal.reports.sdtm.dataset import check_subjects
from precise_cal.reports.sdtm.files import clocks_of, dataset_files, datasets

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.reports.case import Trial


def adam_files(trial: Trial, dvcat: str) -> dict[str, Callable[[], bytes]]:
    """The files by name, each with what makes it. A dataset without records is not written.

    Raises:
        FileError: two participants would become one.
    """
    check_subjects(trial)
    clocks = clocks_of(trial)
    tabulated = datasets(trial, dvcat, submission=True)
    subjects = adsl(clocks, tabulated["DM"])
    made = (subjects, addv(clocks, tabulated.get("DV"), subjects), adtte(clocks, subjects))
    return dataset_files(trial, {one.name: one for one in made if one.rows})
