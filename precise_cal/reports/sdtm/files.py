"""The datasets as files: XPT version 5, Dataset-JSON 1.1, and a description of all variables as Define-XML 2.1."""

from __future__ import annotations

import json
from functools import partial
from importlib.util import find_spec
from typing import TYPE_CHECKING, Any

from precise_cal.reports.sdtm.collected import collected, demographics, di
from precise_cal.reports.sdtm.course import ce, ds
from precise_cal.reports.sdtm.criteria import ie, ti
from precise_cal.reports.sdtm.dataset import DATE_FORMAT, check_subjects
from precise_cal.reports.sdtm.design import ta, te, tv
from precise_cal.reports.sdtm.deviations import dv, suppdv
from precise_cal.reports.sdtm.related import relrec
from precise_cal.reports.sdtm.subjects import dm, se, sv
from precise_cal.reports.sdtm.summary import ts
from precise_cal.reports.sdtm.timing import Clock
from precise_cal.reports.sdtm.transport import as_xpt, transportable

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from precise_cal.reports.case import Trial
    from precise_cal.reports.sdtm.dataset import Dataset, Variable

DEFINE = "define.xml"


def sdtm_files(trial: Trial, dvcat: str, *, submission: bool = True) -> dict[str, Callable[[], bytes]]:
    """The files by name, each with what makes it. A dataset without records is not written.

    Raises:
        FileError: two participants would become one.
    """
    check_subjects(trial)
    return dataset_files(trial, datasets(trial, dvcat, submission=submission))


def dataset_files(trial: Trial, made: Mapping[str, Dataset]) -> dict[str, Callable[[], bytes]]:
    """Datasets as files, with their description where the library that writes it is installed."""
    files: dict[str, Callable[[], bytes]] = {}
    transported, described = transportable(made), find_spec("odmlib") is not None
    for name, one in transported.items():
        files[f"{name.lower()}.xpt"] = partial(as_xpt, one)
    for name, one in made.items():
        files[f"{name.lower()}.json"] = partial(as_dataset_json, one, trial, described=described)
    if described:
        files[DEFINE] = partial(_described, trial, transported, made)
    return files


def _described(trial: Trial, transported: Mapping[str, Dataset], made: Mapping[str, Dataset]) -> bytes:
    from precise_cal.reports.sdtm.define import as_define

    return as_define(trial, transported, made)


def clocks_of(trial: Trial) -> tuple[Clock, ...]:
    """The moments of each participant, in the order of their identifiers."""
    return tuple(Clock(trial, case) for case in sorted(trial.cases, key=lambda case: case.id))


def datasets(trial: Trial, dvcat: str, *, submission: bool) -> dict[str, Dataset]:
    """Every dataset that has records, by its name, in the order in which a description lists them.

    Args:
        trial: the participants, masked as they shall be shown.
        dvcat: the convention of DVCAT.
        submission: without what a submission must not hold: candidates of deviations.
    """
    clocks, study = clocks_of(trial), trial.study
    exposure = demographics(clocks)
    subjects = dm(clocks, exposure.rows, _notes(trial, "DM"))
    arms = {str(row["SUBJID"]): str(row.get("ACTARMCD") or row.get("ARMCD") or "") for row in subjects.records}
    declared = [name for name in study.submission.sources if name not in ("DM", "CE")]
    found = [
        ta(trial),
        te(trial),
        tv(trial),
        ti(trial),
        subjects,
        se(clocks, arms),
        sv(clocks),
        *(collected(clocks, name, exposure.first) for name in declared),
        ce(clocks),
        ds(clocks, {name: str(row.get("DTHDTC") or "") for name, row in exposure.rows.items()}),
        dv(clocks, dvcat),
        suppdv(clocks, with_candidates=not submission),
        ie(clocks),
        di(trial),
    ]
    made = {one.name: one for one in found}
    made["RELREC"] = relrec(clocks, made)
    used = any(one.guide != subjects.guide and one.rows for one in made.values())
    made["TS"] = ts(trial, "1.1" if used else "")
    order = {"TRIAL DESIGN": 0, "SPECIAL PURPOSE": 1, "INTERVENTIONS": 2, "EVENTS": 3, "FINDINGS": 4}
    ordered = sorted(made.values(), key=lambda one: (order.get(one.kind, len(order)), one.name))
    return {one.name: one for one in ordered if one.rows}


def _notes(trial: Trial, name: str) -> Any:
    from precise_cal.reports.sdtm.collected import notes

    return {key: note for key, note in notes(trial, name).items() if note.origin == "Collected"}


def as_dataset_json(one: Dataset, trial: Trial, *, described: bool) -> bytes:
    """A Dataset-JSON file, version 1.1; it refers to the description where there is one."""
    content = {
        "datasetJSONCreationDateTime": trial.generated_at,
        "datasetJSONVersion": "1.1.0",
        "fileOID": f"{trial.study.id}/{one.name}/{trial.protocol.sha256[:12]}",
        "originator": trial.study.sponsor,
        "sourceSystem": {"name": trial.software.name, "version": trial.software.version},
        "studyOID": trial.study.id,
        "metaDataVersionOID": f"MDV.{trial.study.id}",
        **({"metaDataRef": DEFINE} if described else {}),
        "itemGroupOID": f"IG.{one.name}",
        "records": len(one.rows),
        "name": one.name,
        "label": one.label,
        "columns": [_column(one, variable) for variable in one.variables],
        "rows": [list(row) for row in one.rows],
    }
    return (json.dumps(content, ensure_ascii=False) + "\n").encode()


_TYPES = {"text": "string", "integer": "integer", "float": "float", "date": "date"}


def _column(one: Dataset, variable: Variable) -> dict[str, Any]:
    column: dict[str, Any] = {
        "itemOID": f"IT.{one.name}.{variable.name}",
        "name": variable.name,
        "label": variable.label,
        "dataType": _TYPES[variable.type],
    }
    if variable.type == "date":
        column |= {"targetDataType": "integer", "displayFormat": DATE_FORMAT}
    if variable.type == "text":
        column["length"] = max([1, *(len(str(value)) for value in one.column(variable.name))])
    if variable.key:
        column["keySequence"] = variable.key
    return column
