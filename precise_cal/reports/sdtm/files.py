"""The datasets as files: XPT version 5, Dataset-JSON 1.1, and a description of all variables."""

from __future__ import annotations

import json
import tempfile
from functools import cache, partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from precise_cal.reports.sdtm.course import ce, ds, tv
from precise_cal.reports.sdtm.criteria import ie, suppti, ti
from precise_cal.reports.sdtm.dataset import ascii_text, check_subjects
from precise_cal.reports.sdtm.deviations import dv, suppdv
from precise_cal.reports.sdtm.summary import ts

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.reports.case import Trial
    from precise_cal.reports.sdtm.dataset import Dataset, Variable

_NAMES = ("IE", "DV", "SUPPDV", "TI", "SUPPTI", "TV", "TS", "CE", "DS")


def sdtm_files(trial: Trial, dvcat: str) -> dict[str, Callable[[], bytes]]:
    """The files by name, each with what makes it.

    Raises:
        FileError: two participants would become one.
    """
    check_subjects(trial)
    made = cache(lambda: {one.name: one for one in datasets(trial, dvcat)})

    def xpt(name: str) -> bytes:
        return as_xpt(made()[name])

    def dataset_json(name: str) -> bytes:
        return as_dataset_json(made()[name], trial)

    files: dict[str, Callable[[], bytes]] = {}
    for name in _NAMES:
        files[f"{name.lower()}.xpt"] = partial(xpt, name)
        files[f"{name.lower()}.json"] = partial(dataset_json, name)
    files["define.json"] = lambda: _described(made().values(), trial)
    return files


def datasets(trial: Trial, dvcat: str) -> tuple[Dataset, ...]:
    """Every dataset."""
    return (
        ie(trial),
        dv(trial, dvcat),
        suppdv(trial),
        ti(trial),
        suppti(trial),
        tv(trial),
        ts(trial),
        ce(trial),
        ds(trial),
    )


def as_xpt(one: Dataset) -> bytes:
    """A SAS transport file, version 5."""
    import pandas as pd
    import pyreadstat

    columns: dict[str, Any] = {}
    for place, variable in enumerate(one.variables):
        values = [row[place] for row in one.rows]
        if variable.type == "integer":
            columns[variable.name] = pd.Series(
                [float("nan") if value is None else float(value) for value in values], dtype="float64"
            )
        else:
            columns[variable.name] = pd.Series([ascii_text(str(value)) for value in values], dtype="object")
    labels: list[str | None] = [variable.label[:40] for variable in one.variables]
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "dataset.xpt"
        pyreadstat.write_xport(
            pd.DataFrame(columns),
            str(path),
            file_label=one.label,
            column_labels=labels,
            table_name=one.name,
            file_format_version=5,
        )
        return path.read_bytes()


def as_dataset_json(one: Dataset, trial: Trial) -> bytes:
    """A Dataset-JSON file, version 1.1."""
    content = {
        "datasetJSONCreationDateTime": trial.generated_at,
        "datasetJSONVersion": "1.1.0",
        "fileOID": f"{trial.study.id}/{one.name}/{trial.protocol.sha256[:12]}",
        "originator": trial.study.sponsor,
        "sourceSystem": {"name": trial.software.name, "version": trial.software.version},
        "studyOID": trial.study.id,
        "metaDataRef": "define.json",
        "itemGroupOID": f"IG.{one.name}",
        "records": len(one.rows),
        "name": one.name,
        "label": one.label,
        "columns": [_column(one, variable) for variable in one.variables],
        "rows": [list(row) for row in one.rows],
    }
    return (json.dumps(content, ensure_ascii=False) + "\n").encode()


def _column(one: Dataset, variable: Variable) -> dict[str, Any]:
    column: dict[str, Any] = {
        "itemOID": f"IT.{one.name}.{variable.name}",
        "name": variable.name,
        "label": variable.label,
        "dataType": "integer" if variable.type == "integer" else "string",
    }
    if variable.type == "text":
        column["length"] = _length(one, variable)
    if variable.key:
        column["keySequence"] = variable.key
    return column


def _length(one: Dataset, variable: Variable) -> int:
    return max([1, *(len(ascii_text(str(value))) for value in one.column(variable.name))])


def _described(made: Any, trial: Trial) -> bytes:
    """The metadata that a define file has of datasets and variables."""
    described = {
        "study": trial.study.id,
        "standard": "SDTMIG 3.4",
        "protocol_version": trial.protocol.version,
        "rules_sha256": trial.protocol.sha256,
        "created": trial.generated_at,
        "datasets": [
            {
                "name": one.name,
                "label": one.label,
                "structure": one.structure,
                "records": len(one.rows),
                "keys": [v.name for v in sorted((v for v in one.variables if v.key), key=lambda v: v.key)],
                "variables": [
                    {
                        "name": variable.name,
                        "label": variable.label,
                        "type": variable.type,
                        "length": 8 if variable.type == "integer" else _length(one, variable),
                        "core": variable.core,
                        "comment": variable.comment,
                    }
                    for variable in one.variables
                ],
            }
            for one in made
        ],
    }
    return (json.dumps(described, ensure_ascii=False, indent=1) + "\n").encode()
