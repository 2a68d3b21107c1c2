"""The report about one participant, put together."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.language.catalog import Joined, message
from precise_cal.protocol.verdicts import ALLOW, REFUSE
from precise_cal.reports.closing import closing
from precise_cal.reports.document import (
    Count,
    Counts,
    Document,
    Facts,
    Figure,
    Paragraph,
    Section,
    chosen,
    code,
    text,
)
from precise_cal.reports.drawing.pullback import pullback
from precise_cal.reports.participant.course import course
from precise_cal.reports.participant.findings import assumptions, deviations, notices, queries, summary_line
from precise_cal.reports.participant.verdicts import conduct, criteria, outcomes
from precise_cal.reports.public import WITHHELD
from precise_cal.reports.words import Lowered, made, minute, word

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.reports.case import Case, Trial
    from precise_cal.reports.document import Cell, Tone

TITLE = "Participant report"


def participant_document(case: Case, trial: Trial, home: tuple[str, str] | None = None) -> Document:
    """The report about a participant.

    Args:
        case: the participant.
        trial: what the participant is part of.
        home: title and address of the trial report, where there is one.
    """
    study = trial.study
    sections = [
        _in_short(case),
        deviations(case),
        queries(case),
        course(case, study, trial.now, "c"),
        criteria(case),
        conduct(case, study),
        outcomes(case, study),
        *_pullbacks(case, trial),
        notices(case),
        assumptions(case, study),
        *closing(trial, "Principal investigator", "Monitor"),
    ]
    return Document(
        title=message("Participant { $id }", id=case.id),
        subtitle=message(
            "Site { $site } · { $short_title } ({ $id })", site=case.site, short_title=study.short_title, id=study.id
        ),
        kicker=TITLE,
        facts=Facts(tuple(_facts(case, trial))),
        sections=chosen(sections, study.participant_sections),
        footer=message(
            "{ $short_title } · participant { $id } · rules { $sha256 } · { $generated_at }",
            short_title=study.short_title,
            id=case.id,
            sha256=trial.protocol.sha256[:12],
            generated_at=trial.generated_at,
        ),
        banner=trial.banner,
        home=home,
    )


def _facts(case: Case, trial: Trial) -> Iterator[tuple[str, Cell]]:
    digest = case.subject.record_sha256
    yield "Study", text(f"{trial.study.title}")
    yield (
        "Protocol version",
        text(
            message(
                "{ $version } (the site works by { $protocol_version })",
                version=trial.protocol.version,
                protocol_version=case.facts.protocol_version or "a version not stated",
            )
        ),
    )
    yield "Rule files, SHA-256", code(trial.protocol.sha256)
    yield "Data cut-off", text(minute(trial.now or case.facts.cutoff) or "not stated")
    yield "Regulatory regime", text(trial.regime)
    yield "Participation", text(word(case.facts.stands))
    yield "Record, SHA-256", code(digest) if digest else text(WITHHELD)
    yield "Allocation", text(_allocation(case, trial))
    if case.randomized:
        yield "Analysis populations", text(_populations(case, trial))
    yield "Made", text(made(trial))


def _allocation(case: Case, trial: Trial) -> str:
    if not case.randomized:
        return "not randomized"
    if not trial.unmasked:
        return "withheld"
    arm = case.facts.arm
    return trial.study.arms.get(arm or "", arm or "not known")


def _populations(case: Case, trial: Trial) -> str:
    """Where the participant would be counted if every deviation that is not rejected were confirmed, and why not."""
    reasons = {name: case.leaves(name) for name in trial.study.populations}
    stays = Joined(", ", [name for name, why in reasons.items() if not why])
    leaves = [
        message("; not { $population }: { $reasons }", population=name, reasons=Joined(", ", map(Lowered, why)))
        for name, why in reasons.items()
        if why
    ]
    return message("would be counted in { $stays }{ $leaves }", stays=stays or "none", leaves=Joined("", leaves))


def _in_short(case: Case) -> Section:
    counted = case.counted
    important = sum(one.importance == "important" for one in counted)
    others = len(counted) - important
    gate = case.subject.gate.decision
    tones: dict[str, Tone] = {ALLOW: "good", REFUSE: "bad"}
    items = (
        Count(word(gate), "gate before randomization", "", tones.get(gate, "open")),
        Count(
            str(important),
            "important deviation" if important == 1 else "important deviations",
            "candidates unless confirmed",
            "bad" if important else "",
        ),
        Count(str(others), "other deviation" if others == 1 else "other deviations"),
        Count(str(len(case.queries)), "open queries", "apart from deviations", "open" if case.queries else ""),
    )
    return Section("in-short", "In short", (Counts(items), Paragraph(summary_line(case), "lead")))


def _pullbacks(case: Case, trial: Trial) -> Iterator[Section]:
    threshold = trial.study.qfr.threshold if trial.study.qfr else None
    if not case.pullbacks or threshold is None:
        return
    figures = []
    for one in case.pullbacks:
        value = "not analyzable" if one.qfr is None else message("QFR { $qfr }", qfr=f"{one.qfr:.3f}")
        low, high = (f"{end:.2f}" for end in one.interval) if one.interval else ("", "")
        interval = message(", interval { $low } to { $high }", low=low, high=high) if one.interval else ""
        phase = one.phase.replace("_", " ")
        pattern = "{ $vessel }, { $phase }: { $value }{ $interval } ({ $file })"
        caption = message(pattern, vessel=one.vessel, phase=phase, value=value, interval=interval, file=one.file)
        pattern = (
            "QFR falls from 1 at the proximal end of the { $vessel } to { $value } at its distal end; "
            "the line is { $threshold }"
        )
        alt = message(pattern, vessel=one.vessel, value=value, threshold=str(threshold))
        figures.append(Figure(pullback(one, float(threshold), alt), caption, alt))
    note = Paragraph(
        "QFR solid, with the threshold dashed; below, lumen solid and "
        "reference dashed; lesions shaded. For research; not a medical device.",
        "note",
    )
    yield Section("pullback", "QFR pullback", (*figures, note))
