"""TS: the trial in a list of parameters."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING

from precise_cal.reports.sdtm.dataset import DOMAIN, STUDYID, Dataset, Row, Variable, dataset, dtc, of_trial
from precise_cal.reports.study import SummaryValue

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.reports.case import Trial


def ts(trial: Trial) -> Dataset:
    """Trial Summary, in the order of the parameter codes."""
    rows: list[Row] = []
    ordered = sorted([*trial.study.summary, *_derived(trial)], key=lambda one: one.code)
    for _, group in groupby(ordered, key=lambda one: one.code):
        for sequence, one in enumerate(group, start=1):
            dated = "ISO 8601" if one.code in ("AGEMIN", "SSTDTC", "DCUTDTC") else ""
            rows.append(
                {
                    "TSSEQ": sequence,
                    "TSPARMCD": one.code,
                    "TSPARM": one.name,
                    "TSVAL": one.value,
                    "TSVALNF": one.null_flavor,
                    "TSVALCD": one.term,
                    "TSVCDREF": "CDISC CT" if one.term else dated,
                    "TSVCDVER": "2020-03-27" if one.term else "",
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


def _derived(trial: Trial) -> Iterator[SummaryValue]:
    study = trial.study
    named = [
        ("TITLE", "Trial Title", study.title),
        ("REGID", "Registry Identifier", study.id),
        ("SPONSOR", "Clinical Study Sponsor", study.sponsor),
        ("SSTDTC", "Study Start Date", study.start or ""),
        ("PLANSUB", "Planned Number of Subjects", str(study.enrollment or "")),
        ("ACTSUB", "Actual Number of Subjects", str(sum(case.randomized for case in trial.cases))),
        ("NARMS", "Planned Number of Arms", str(len(study.arms) or "")),
        ("AGEMIN", "Planned Minimum Age of Subjects", f"P{study.least_age}Y" if study.least_age else ""),
        ("SDTIGVER", "SDTM IG Version", "3.4"),
        ("SDTMVER", "SDTM Version", "2.0"),
        *(_outcome(*one) for one in study.outcomes),
        *_cutoff(trial),
    ]
    yield from (SummaryValue(*one) for one in named if one[-1])


def _outcome(source: str, words: str) -> tuple[str, str, str]:
    if "primary" in source.lower():
        return "OUTMSPRI", "Primary Outcome Measure", words
    return "OUTMSSEC", "Secondary Outcome Measure", words


def _cutoff(trial: Trial) -> Iterator[tuple[str, str, str]]:
    moments = [trial.now] if trial.now else [one.facts.cutoff for one in trial.cases if one.facts.cutoff]
    last = max((dtc(one, trial.study.utc_offset_minutes) for one in moments), default="")
    if last:
        yield "DCUTDTC", "Data Cutoff Date", last
        yield "DCUTDESC", "Data Cutoff Description", "As the records state"
