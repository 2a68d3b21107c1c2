"""TS: the trial in a list of parameters."""

from __future__ import annotations

from itertools import groupby
from pathlib import Path
from typing import TYPE_CHECKING

import yaml

from precise_cal.reports.sdtm.dataset import DOMAIN, STUDYID, Dataset, Row, Variable, dataset, dtc, of_trial

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.reports.case import Trial

FILE = Path(__file__).parent / "trial_summary.yaml"
Parameter = tuple[str, str, str, str, str]
"""Code, name, value, null flavor, and CDISC code of the value."""


def ts(trial: Trial) -> Dataset:
    """Trial Summary, in the order of the parameter codes."""
    rows: list[Row] = []
    ordered = sorted([*_stated(trial), *_derived(trial)], key=lambda one: one[0])
    for _, group in groupby(ordered, key=lambda one: one[0]):
        for sequence, (code, name, value, flavor, term) in enumerate(group, start=1):
            rows.append(
                {
                    "TSSEQ": sequence,
                    "TSPARMCD": code,
                    "TSPARM": name,
                    "TSVAL": value,
                    "TSVALNF": flavor,
                    "TSVALCD": term,
                    "TSVCDREF": "CDISC CT" if term else "ISO 8601" if code in ("AGEMIN", "SSTDTC", "DCUTDTC") else "",
                    "TSVCDVER": "2020-03-27" if term else "",
                }
            )
    variables = (
        STUDYID,
        DOMAIN,
        Variable("TSSEQ", "Sequence Number", "integer", key=3),
        Variable("TSPARMCD", "Trial Summary Parameter Short Name", key=2, comment="CDISC codelist C66738"),
        Variable("TSPARM", "Trial Summary Parameter", comment="CDISC codelist C67152"),
        Variable("TSVAL", "Parameter Value", core="Exp"),
        Variable("TSVALNF", "Parameter Null Flavor", core="Perm"),
        Variable("TSVALCD", "Parameter Value Code", core="Exp"),
        Variable("TSVCDREF", "Name of the Reference Terminology", core="Exp"),
        Variable("TSVCDVER", "Version of the Reference Terminology", core="Exp"),
    )
    return dataset(
        "TS", "Trial Summary", "One record per trial summary parameter value", variables, of_trial(trial, "TS", rows)
    )


def _stated(trial: Trial) -> Iterator[Parameter]:
    for one in yaml.safe_load(FILE.read_text(encoding="utf-8")).get(trial.study.id, ()):
        yield one["code"], one["name"], one.get("value", ""), one.get("null_flavor", ""), one.get("term", "")


def _derived(trial: Trial) -> Iterator[Parameter]:
    study = trial.study
    values = {one.id: one.value for one in study.parameters}
    named = [
        ("TITLE", "Trial Title", study.title),
        ("REGID", "Registry Identifier", study.id),
        ("SPONSOR", "Clinical Study Sponsor", study.sponsor),
        ("SSTDTC", "Study Start Date", study.start or ""),
        ("PLANSUB", "Planned Number of Subjects", str(study.enrollment or "")),
        ("ACTSUB", "Actual Number of Subjects", str(sum(case.randomized for case in trial.cases))),
        ("NARMS", "Planned Number of Arms", str(len(study.arms) or "")),
        ("AGEMIN", "Planned Minimum Age of Subjects", f"P{values['age.min']}Y" if "age.min" in values else ""),
        ("SDTIGVER", "SDTM IG Version", "3.4"),
        ("SDTMVER", "SDTM Version", "2.0"),
        *(_outcome(*one) for one in study.outcomes),
        *_cutoff(trial),
    ]
    yield from ((code, name, value, "", "") for code, name, value in named if value)


def _outcome(source: str, words: str) -> tuple[str, str, str]:
    if "primary" in source.lower():
        return "OUTMSPRI", "Primary Outcome Measure", words
    return "OUTMSSEC", "Secondary Outcome Measure", words


def _cutoff(trial: Trial) -> Iterator[tuple[str, str, str]]:
    moments = [trial.now] if trial.now else [case.record.data_cutoff for case in trial.cases if case.record.data_cutoff]
    last = max((dtc(one, trial.study.utc_offset_minutes) for one in moments), default="")
    if last:
        yield "DCUTDTC", "Data Cutoff Date", last
        yield "DCUTDESC", "Data Cutoff Description", "As the records state"
