"""TI: the criteria with their rules; IE: who did not meet which."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.protocol.verdicts import NOT_MET, PRESENT
from precise_cal.reports.sdtm.dataset import (
    DOMAIN,
    EPOCH,
    STUDYID,
    USUBJID,
    Dataset,
    Row,
    Variable,
    dataset,
    of_subjects,
    of_trial,
    pieces,
    qualifier,
    shortened,
    supplemental,
)

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.reports.case import Case, Trial

FAILS: Final = {NOT_MET: "N", PRESENT: "Y"}
"""IEORRES: whether the criterion was met, which is N for an unmet inclusion and Y for an exclusion that is present."""
_TESTCD = Variable("IETESTCD", "Incl/Excl Criterion Short Name", key=3)
_TEST = Variable("IETEST", "Inclusion/Exclusion Criterion", comment="the words of the registry record")
_CAT = Variable("IECAT", "Inclusion/Exclusion Category", comment="CDISC codelist C66797")


def ti(trial: Trial) -> Dataset:
    """Trial Inclusion/Exclusion Criteria, with the condition in the rule language as TIRL."""
    rows: list[Row] = [
        {
            "IETESTCD": one.short_name,
            "IETEST": shortened(one.quote),
            "IECAT": one.kind.upper(),
            "TIRL": pieces(one.expression)[0],
            "TIVERS": trial.protocol.version,
        }
        for one in trial.study.criteria
    ]
    rule = Variable(
        "TIRL",
        "Inclusion/Exclusion Criterion Rule",
        core="Perm",
        comment="HL7 CQL; continued in SUPPTI where longer than 200 characters",
    )
    version = Variable("TIVERS", "Protocol Criteria Versions", core="Perm")
    return dataset(
        "TI",
        "Trial Inclusion/Exclusion Criteria",
        "One record per I/E criterion",
        (STUDYID, DOMAIN, _TESTCD, _TEST, _CAT, rule, version),
        of_trial(trial, "TI", rows),
    )


def suppti(trial: Trial) -> Dataset:
    """The rest of the rules that do not fit into TIRL."""
    rows = [
        qualifier(
            trial,
            ("TI", "", "IETESTCD", one.short_name),
            (f"TIRL{place}", f"Inclusion/Exclusion Rule, part {place + 1}", piece),
            "PROTOCOL",
        )
        for one in trial.study.criteria
        for place, piece in enumerate(pieces(one.expression)[1:], start=1)
    ]
    return dataset("SUPPTI", "Supplemental Qualifiers for TI", "One record per qualifier", supplemental(), rows)


def ie(trial: Trial) -> Dataset:
    """Inclusion/Exclusion Criteria Not Met: those that fail, never those that cannot be decided."""
    rows = of_subjects(trial, "IE", lambda case: _failed(trial, case))
    variables = (
        STUDYID,
        DOMAIN,
        USUBJID,
        Variable("IESEQ", "Sequence Number", "integer"),
        Variable("IESPID", "Sponsor-Defined Identifier", core="Perm", comment="the id of the rule"),
        _TESTCD,
        _TEST,
        _CAT,
        Variable("IEORRES", "I/E Criterion Original Result", comment="CDISC codelist C66742"),
        Variable("IESTRESC", "I/E Criterion Result in Std Format", comment="CDISC codelist C66742"),
        EPOCH,
    )
    return dataset(
        "IE", "Inclusion/Exclusion Criteria Not Met", "One record per criterion not met per subject", variables, rows
    )


def _failed(trial: Trial, case: Case) -> Iterator[Row]:
    for one in trial.study.criteria:
        verdict = case.verdict(one.id)
        answer = FAILS.get(verdict.verdict) if verdict else None
        if answer is not None:
            yield {
                "IESPID": one.id,
                "IETESTCD": one.short_name,
                "IETEST": shortened(one.quote),
                "IECAT": one.kind.upper(),
                "IEORRES": answer,
                "IESTRESC": answer,
                "EPOCH": "SCREENING",
            }
