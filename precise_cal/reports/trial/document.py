"""The report about a trial, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.language.catalog import Joined, message
from precise_cal.reports.closing import closing
from precise_cal.reports.document import (
    Cell,
    Column,
    Count,
    Counts,
    Document,
    Facts,
    Paragraph,
    Section,
    Table,
    chosen,
    code,
    text,
)
from precise_cal.reports.trial.conduct import assumptions, conduct, outcomes, qfr, queries, visits
from precise_cal.reports.trial.deviation_tables import important, limits, listing, summary, trend_section
from precise_cal.reports.trial.numbers import deviations, enrollment
from precise_cal.reports.trial.participants import by_arm, eligibility, participant_list, participants_and_flow
from precise_cal.reports.words import ABOUT, Capital, made, plural, verdict

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.reports.case import Trial


_CANDIDATES: Final = (
    "Deviations are candidates until a person confirms them in the workbook. Queries are open questions and no "
    "deviations. Unknown is neither a failure nor a pass."
)


def trial_document(
    trial: Trial, links: Mapping[str, str] | None = None, letters: Mapping[str, str] | None = None
) -> Document:
    """The report about a trial.

    Args:
        trial: the participants and all that was found.
        links: by participant, the address of the report about each.
        letters: by site, the address of the letter to each.
    """
    links = links or {}
    sections = [
        _in_short(trial),
        participants_and_flow(trial),
        important(trial, links),
        summary(trial, letters or {}),
        *([limits(trial)] if trial.study.limits else []),
        trend_section(trial),
        visits(trial),
        eligibility(trial),
        *([qfr(trial)] if trial.study.qfr else []),
        conduct(trial),
        outcomes(trial),
        *([by_arm(trial)] if trial.unmasked else []),
        queries(trial, links),
        listing(trial, links),
        participant_list(trial, links),
        *_orphans(trial),
        assumptions(trial),
        _words(),
        *closing(trial, "Sponsor", "Medical monitor", "Clinical research associate"),
    ]
    study = trial.study
    return Document(
        title=message("{ $short_title }: was the protocol followed?", short_title=study.short_title),
        subtitle=study.title,
        kicker="Trial report",
        facts=Facts(tuple(_facts(trial))),
        sections=chosen(sections, study.trial_sections),
        footer=message(
            "{ $short_title } ({ $id }) · rules { $sha256 } · { $generated_at }",
            short_title=study.short_title,
            id=study.id,
            sha256=trial.protocol.sha256[:12],
            generated_at=trial.generated_at,
        ),
        banner=trial.banner,
        landscape=True,
    )


def _facts(trial: Trial) -> Iterator[tuple[str, Cell]]:
    study = trial.study
    sponsor = "simulated" if trial.is_simulated else study.sponsor
    yield "Study", text(message("{ $id }, { $sponsor }", id=study.id, sponsor=sponsor))
    yield (
        "Protocol version",
        text(message("{ $version } ({ $source })", version=trial.protocol.version, source=study.source)),
    )
    yield "Rule files, SHA-256", code(trial.protocol.sha256)
    yield "Data cut-off", text(trial.cutoff)
    yield "Regulatory regime", text(trial.regime)
    yield "Allocation", text("shown (unmasked)" if trial.unmasked else "withheld: no arm, block or allocation is told")
    yield "Made", text(made(trial))


def _in_short(trial: Trial) -> Section:
    found, flow = deviations(trial.cases), enrollment(trial)
    asked = sum(len(case.queries) for case in trial.cases)
    planned = (
        message("of { $enrollment } planned", enrollment=f"{trial.study.enrollment:,}")
        if trial.study.enrollment
        else ""
    )
    confirmed, rejected = found.status.get("confirmed", 0), found.status.get("rejected", 0)
    items = (
        Count(f"{flow.assessed:,}", "participants", plural(len(trial.sites), "site")),
        Count(f"{flow.randomized:,}", "randomized", planned),
        Count(
            f"{found.important:,}",
            "important deviations",
            "candidates unless confirmed",
            "bad" if found.important else "",
        ),
        Count(
            f"{found.other:,}",
            "other deviations",
            message("{ $confirmed } confirmed, { $rejected } rejected in all", confirmed=confirmed, rejected=rejected),
        ),
        Count(f"{found.participants:,}", "participants with a deviation", ""),
        Count(f"{asked:,}", "open queries", "apart from deviations", "open" if asked else ""),
    )
    lead = Paragraph(
        Joined(" ", [part for part in (_CANDIDATES, trial.study.notes.conclusion) if part]),
        "note",
    )
    across = tuple(Paragraph(message("{ $notice }.", notice=Capital(one.text)), "note") for one in trial.across)
    return Section("in-short", "In short", (Counts(items), lead, *across))


def _orphans(trial: Trial) -> Iterator[Section]:
    if trial.orphans:
        rows = tuple(
            (
                text(sheet),
                code(name),
                text(Joined("; ", [f"{key}: {value}" for key, value in decision.values.items()])),
            )
            for sheet, name, decision in trial.orphans
        )
        columns = (Column("Sheet"), Column("Stable id", width=2), Column("What was decided", width=4))
        note = Paragraph(
            "The data have changed so that these rows no longer exist, "
            "or are not among these records. The decisions are kept.",
            "note",
        )
        yield Section(
            "kept", "Decisions without a row", (note, Table("kept-table", "Decisions that are kept", columns, rows))
        )


def _words() -> Section:
    rows = tuple((verdict(name), text(about)) for name, about in ABOUT.items())
    columns = (Column("Word"), Column("Meaning", width=4))
    return Section("words", "The words of this report", (Table("word-table", "Verdicts", columns, rows),))
