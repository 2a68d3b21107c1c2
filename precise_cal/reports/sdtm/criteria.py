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
_LABEL: Final = "Inclusion/Exclusion Rule"
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
            "TIVERS": each.version,
        }
        for each in trial.study.criteria_versions
        for one in each.criteria
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
        "One record per I/E criterion" + " per version of the criteria" * (len(trial.study.criteria_versions) > 1),
        (STUDYID, DOMAIN, _TESTCD, _TEST, _CAT, rule, version),
        of_trial(trial, "TI", rows),
    )


def suppti(trial: Trial) -> Dataset:
    """The rest of the rules that do not fit into TIRL."""
    rows = [
        qualifier(
            trial, ("TI", "", "IETESTCD", name), (code, f"Inclusion/Exclusion Rule, part {part}", piece), "PROTOCOL"
        )
        for name, code, part, piece in _further(trial)
    ]
    return dataset("SUPPTI", "Supplemental Qualifiers for TI", "One record per qualifier", supplemental(), rows)


def _further(trial: Trial) -> Iterator[tuple[str, str, int, str]]:
    """Of each rule longer than TIRL: criterion, QNAM, part, text. One that an amendment changed has its own names."""
    last = {one.short_name: one.expression for each in trial.study.criteria_versions for one in each.criteria}
    told = set()
    for number, each in enumerate(trial.study.criteria_versions, start=1):
        for one in each.criteria:
            is_earlier = one.expression != last[one.short_name]
            for place, piece in enumerate(pieces(one.expression)[1:], start=1):
                row = one.short_name, f"TIRL{place}V{number}" if is_earlier else f"TIRL{place}", place + 1, piece
                if row not in told:
                    told.add(row)
                    yield row


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
        if verdict is not None and answer is not None:
            yield {
                "IESPID": one.id,
                "IETESTCD": one.short_name,
                "IETEST": shortened(verdict.quote),
                "IECAT": one.kind.upper(),
                "IEORRES": answer,
                "IESTRESC": answer,
                "EPOCH": "SCREENING",
            }
