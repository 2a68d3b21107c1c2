"""TS: the trial in a list of parameters."""

from __future__ import annotations

import re
from itertools import groupby
from typing import TYPE_CHECKING, Final

from precise_cal.protocol.sdtm import GUIDES, TERMINOLOGY, codelists, test_of
from precise_cal.reports.sdtm.dataset import Dataset, Note, Row, dataset
from precise_cal.reports.sdtm.text import dtc
from precise_cal.reports.study import SummaryValue

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.reports.case import Trial

_CODED: Final[Mapping[str, str]] = {
    **dict.fromkeys(("ADAPT", "ADDON", "HLTSUBJI", "RANDOM"), "C66742"),
    "INTMODEL": "C99076",
    "INTTYPE": "C99078",
    "SEXPOP": "C66732",
    "STYPE": "C99077",
    "TBLIND": "C66735",
    "TCNTRL": "C66785",
    "TINDTP": "C66736",
    "TPHASE": "C66737",
    "TTYPE": "C66739",
}
"""The list that a parameter's value is from; every indicator's is that of yes and no."""
_YES_OR_NO: Final = "C66742"
_DATED: Final = re.compile(r"\d{4}(-\d\d){0,2}(T.*)?|P\d.*")
_NCT: Final = re.compile(r"NCT\d{8}")


def ts(trial: Trial, device_guide: str = "") -> Dataset:
    """Trial Summary, in the order of the parameter codes.

    Args:
        trial: the trial.
        device_guide: the version of SDTMIG-MD, where datasets of devices are written.
    """
    rows: list[Row] = []
    ordered = sorted([*trial.study.summary, *_derived(trial, device_guide)], key=lambda one: one.code)
    for code, group in groupby(ordered, key=lambda one: one.code):
        for sequence, one in enumerate(group, start=1):
            term, reference, version = _coded(one)
            rows.append(
                {
                    "STUDYID": trial.study.id,
                    "DOMAIN": "TS",
                    "TSSEQ": sequence,
                    "TSPARMCD": code,
                    "TSPARM": test_of("TS", code) or one.name,
                    "TSVAL": one.value,
                    "TSVALNF": one.null_flavor,
                    "TSVALCD": term,
                    "TSVCDREF": reference,
                    "TSVCDVER": version,
                }
            )
    names = ("TSPARMCD", "TSPARM", "TSVAL", "TSVALNF", "TSVALCD", "TSVCDREF", "TSVCDVER")
    return dataset("TS", rows, ("STUDYID", "TSPARMCD", "TSSEQ"), dict.fromkeys(names, Note("Protocol")))


def _coded(one: SummaryValue) -> tuple[str, str, str]:
    """The code of a value, the terminology that it is from, and its version."""
    listed = _CODED.get(one.code, _YES_OR_NO if one.code.endswith("IND") else "")
    code = codelists()[listed].terms.get(one.value, "") if listed else ""
    if code:
        return code, "CDISC CT", TERMINOLOGY
    if one.null_flavor:
        return "", "ISO 21090", ""
    if one.reference:
        return one.term, one.reference, ""
    if _DATED.fullmatch(one.value) and test_of("TS", one.code):
        return "", "ISO 8601", ""
    if _NCT.fullmatch(one.value):
        return one.value, "CLINICALTRIALS.GOV", ""
    return one.term, "CDISC CT" if one.term else "", TERMINOLOGY if one.term else ""


def _derived(trial: Trial, device_guide: str) -> Iterator[SummaryValue]:
    study = trial.study
    named = [
        ("TITLE", "Trial Title", study.title),
        ("REGID", "Registry Identifier", study.id),
        ("SPONSOR", "Clinical Study Sponsor", study.sponsor),
        ("SSTDTC", "Study Start Date", study.start or ""),
        ("PLANSUB", "Planned Number of Subjects", str(study.enrollment or "")),
        ("ACTSUB", "Actual Number of Subjects", str(sum(case.randomized for case in trial.cases))),
        ("NARMS", "Planned Number of Arms", str(len(study.arms) or 1)),
        ("AGEMIN", "Planned Minimum Age of Subjects", f"P{study.least_age}Y" if study.least_age else ""),
        ("SDTIGVER", "SDTM IG Version", GUIDES["SDTMIG 3.4"][1]),
        ("SDTMVER", "SDTM Version", "2.0"),
        ("SDTMDVER", "SDTMIG Medical Device Version", device_guide),
        *(_outcome(*one) for one in study.outcomes),
        *_cutoff(trial),
    ]
    stated = {one.code for one in study.summary}
    yield from (SummaryValue(*one) for one in dict.fromkeys(named) if one[-1] and one[0] not in stated)


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
