"""The follow-up letter to a site: what a person there has to look at, explain or supply."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.language.catalog import Joined, message
from precise_cal.reports.document import Column, Document, Facts, Paragraph, Section, Signatures, Table, code, text
from precise_cal.reports.participant.findings import CANDIDATE, observed, rule_and_clause
from precise_cal.reports.words import importance, made, minute, plural

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from precise_cal.reports.case import Case, Trial


def letter(trial: Trial, site: str, home: tuple[str, str]) -> Document:
    """The letter to a site of a trial.

    Args:
        trial: as it is shown: masked unless asked for otherwise.
        site: whose participants are written about.
        home: title and address of the trial report.
    """
    cases = [case for case in trial.cases if case.site == site]
    study = trial.study
    lead = message(
        "{ $participants } of this site were checked against the rules of the study. Please look at the deviations, "
        "and answer the queries.",
        participants=plural(len(cases), "participant"),
    )
    return Document(
        title=message("Follow-up letter to site { $site }", site=site),
        subtitle=message("{ $study } ({ $id })", study=study.short_title, id=study.id),
        kicker="Follow-up letter",
        facts=Facts(
            (
                ("Protocol version", text(trial.protocol.version)),
                ("Data cut-off", text(trial.cutoff)),
                ("Made", text(made(trial))),
            )
        ),
        sections=(
            Section("letter", "What this is about", (Paragraph(lead), Paragraph(CANDIDATE, "note"))),
            Section("deviations", "Deviations", (_deviations(cases),)),
            Section("queries", "Open queries", (_queries(cases),)),
            *_signatures(trial),
        ),
        footer=message(
            "{ $study } · rules { $digest } · { $time }",
            study=study.short_title,
            digest=trial.protocol.sha256[:12],
            time=trial.generated_at,
        ),
        banner=trial.banner,
        home=home,
        landscape=True,
    )


def _signatures(trial: Trial) -> Iterator[Section]:
    if not trial.is_simulated:
        yield Section("signatures", "Signatures", (Signatures(("Monitor", "Principal investigator"), ""),))


def _deviations(cases: Sequence[Case]) -> Table:
    rows = tuple(
        (
            text(case.id),
            text(minute(one.deviation.occurred_at) or "not known"),
            text(Joined("\n", [one.deviation.code, one.deviation.term])),
            text(Joined("\n", [part for part in (observed(case, one), rule_and_clause(case, one)) if part])),
            importance(one.importance),
            text(""),
        )
        for case in cases
        for one in case.counted
    )
    columns = (
        Column("Participant", width=1.1),
        Column("Occurred", width=1.1),
        Column("Deviation", width=1.8),
        Column("Found, rule and clause", width=3.6),
        Column("Importance"),
        Column("Explanation of the site", width=2),
    )
    caption = "Deviations, candidates unless confirmed; rejected ones are left out"
    return Table("deviations-table", caption, columns, rows)


def _queries(cases: Sequence[Case]) -> Table:
    rows = tuple(
        (
            text(case.id),
            text(one.query.ask),
            text(one.query.rule),
            code(case.source(one.query.pointer)),
            text(one.decision["Answer"]),
        )
        for case in cases
        for one in case.queries
    )
    columns = (
        Column("Participant", width=1.1),
        Column("Please supply", width=3),
        Column("For rule"),
        Column("Source field", width=2),
        Column("Answer", width=2),
    )
    return Table("queries-table", "Questions to the site", columns, rows, empty="No question is open.")
