"""Flow, eligibility, and the list of participants."""

from __future__ import annotations

from collections import Counter
from typing import TYPE_CHECKING

from precise_cal.language.catalog import Joined, message
from precise_cal.protocol.verdicts import ALLOW, INCOMPLETE, LADDERS, REFUSE
from precise_cal.reports.document import Cell, Column, Figure, Paragraph, Section, Table, number, text
from precise_cal.reports.drawing.flow import flow
from precise_cal.reports.trial.numbers import Enrollment, enrollment, leaving, verdict_counts
from precise_cal.reports.words import day, plural, share, verdict, word

if TYPE_CHECKING:
    from collections.abc import Mapping

    from precise_cal.reports.case import Case, Trial
    from precise_cal.reports.drawing.flow import Step


def participants_and_flow(trial: Trial) -> Section:
    """Assessed, allowed, randomized, followed."""
    found = enrollment(trial)
    words = message(
        "{ $assessed } assessed, { $gate } allowed by the gate, { $randomized } randomized",
        assessed=found.assessed,
        gate=found.gate[ALLOW],
        randomized=found.randomized,
    )
    figure = Figure(
        _drawn(trial, found),
        "Flow of participants",
        message("{ $words }; the tables below have every number", words=words),
    )
    gate_rows = tuple(
        (
            verdict(name),
            number(count),
            number(found.randomized_by_gate[name]),
            number(count - found.randomized_by_gate[name]),
        )
        for name, count in found.gate.items()
    )
    total = (text("all"), number(found.assessed), number(found.randomized), number(found.assessed - found.randomized))
    gate_columns = (
        Column("Gate, as the record is today"),
        Column("Assessed", "number"),
        Column("Randomized", "number"),
        Column("Not randomized", "number"),
    )
    gate = Table("gate-table", "Participants by the gate's decision", gate_columns, (*gate_rows, total), total=True)
    return Section(
        "flow", "Participants and flow", (figure, gate, _reasons(found, trial.study.titles), _populations(trial))
    )


def _drawn(trial: Trial, found: Enrollment) -> str:
    left = found.assessed - found.randomized
    refused = [
        message("{ $rule }  { $title }: { $count }", rule=rule, title=trial.study.titles.get(rule, ""), count=count)
        for rule, count in _most(found.not_randomized_by_rule, 6)
    ]
    incomplete = found.gate[INCOMPLETE] - found.randomized_by_gate[INCOMPLETE]
    lines = [*refused, message("undecided at the gate: { $incomplete }", incomplete=incomplete)]
    against = found.randomized_by_gate[REFUSE] + found.randomized_by_gate[INCOMPLETE]
    main: list[Step] = [
        (message("Assessed: { $assessed }", assessed=found.assessed), ()),
        (
            message("Randomized: { $randomized }", randomized=found.randomized),
            (message("of them against a criterion or undecided: { $against }", against=against),),
        ),
    ]
    split: list[Step] = []
    if trial.unmasked:
        split = [_arm(trial, code, title) for code, title in trial.study.arms.items()]
    else:
        main += [
            ("Followed", _standing(found.participation)),
            ("Analyzed, if all candidates are confirmed", _kept(trial)),
        ]
    aside: list[Step | None] = [(message("Not randomized: { $left }", left=left), lines)]
    return flow(main, aside if split else [*aside, None, None], split, "Flow of participants")


def _standing(counts: Mapping[str, int]) -> list[str]:
    """Who goes on, completed, withdrew, died or was lost."""
    return [message("{ $name }: { $count }", name=word(name), count=count) for name, count in _most(counts, 8)]


def _kept(trial: Trial) -> list[str]:
    """Randomized participants who stay in each analysis population."""
    randomized = [case for case in trial.cases if case.randomized]
    counts = {name: len(randomized) - leaving(randomized, name) for name in trial.study.populations}
    return [message("{ $name }: { $count }", name=name, count=count) for name, count in counts.items()]


def _arm(trial: Trial, code: str, title: str) -> Step:
    mine = [case for case in trial.cases if case.randomized and case.facts.arm == code]
    states = Counter(word(case.facts.stands) for case in mine)
    lines = [message("{ $name }: { $count }", name=name, count=count) for name, count in _most(states, 8)]
    stay = [
        message(
            "would stay { $population }: { $value }",
            population=trial.study.population(name),
            value=len(mine) - leaving(mine, name),
        )
        for name in trial.study.populations_by_arm
    ]
    return message("{ $title }: { $count }", title=title, count=len(mine)), [*lines, *stay]


def _most(counts: Mapping[str, int], limit: int) -> list[tuple[str, int]]:
    return sorted(counts.items(), key=lambda one: (-one[1], one[0]))[:limit]


def _reasons(found: Enrollment, titles: Mapping[str, str]) -> Table:
    rows = tuple(
        (text(message("{ $rule }  { $title }", rule=rule, title=titles.get(rule, ""))), number(count))
        for rule, count in _most(found.not_randomized_by_rule, 99)
    )
    caption = "Not randomized, by the criterion that forbids it; a participant may have several"
    return Table("screening-table", caption, (Column("Criterion"), Column("Participants", "number")), rows)


def _populations(trial: Trial) -> Table:
    randomized = [case for case in trial.cases if case.randomized]
    rows = []
    for name, about in trial.study.populations.items():
        left = leaving(randomized, name)
        rows.append((text(name), text(about), number(len(randomized) - left), number(left)))
    columns = (Column("Population"), Column("Meaning"), Column("Would stay", "number"), Column("Would leave", "number"))
    note = "Membership is settled by the sponsor before the database is locked."
    caption = "Randomized participants by analysis population, if every deviation that is not rejected were confirmed"
    return Table("population-table", caption, columns, tuple(rows), note)


def eligibility(trial: Trial) -> Section:
    """Each criterion: how many meet it, do not, and cannot be decided; and the same among the randomized."""
    randomized = [case for case in trial.cases if case.randomized]
    rows = []
    for one in trial.study.criteria:
        good, bad, open_ = LADDERS[one.kind].words
        everybody, allocated = verdict_counts(trial.cases, one.id), verdict_counts(randomized, one.id)
        rows.append(
            (
                text(message("{ $id }  { $title }", id=one.id, title=one.title)),
                *(number(everybody[name]) for name in (good, bad, open_)),
                *(number(allocated[name], "bad" if name == bad and allocated[name] else "") for name in (bad, open_)),
            )
        )
    columns = (
        Column("Criterion", width=3),
        Column("In order", "number"),
        Column("Fails", "number"),
        Column("Unknown", "number"),
        Column("Fails, randomized", "number"),
        Column("Unknown, randomized", "number"),
    )
    note = (
        "In order: an inclusion criterion met, an exclusion criterion absent. Unknown is neither a failure nor a pass."
    )
    return Section(
        "eligibility",
        "Eligibility by criterion",
        (
            Table(
                "eligibility-table",
                message("All { $plural }", plural=plural(len(trial.cases), "participant")),
                columns,
                tuple(rows),
                note,
            ),
        ),
    )


def participant_list(trial: Trial, links: Mapping[str, str]) -> Section:
    """Every participant, with a link to the report about each."""
    columns = (
        Column("Participant", width=1.4),
        Column("Site", filter=True),
        Column("Gate", filter=True),
        Column("Randomized", width=1.2),
        Column("Important", "number"),
        Column("Other", "number"),
        Column("Queries", "number"),
        Column("Participation", filter=True, width=1.3),
    )
    rows = tuple(_row(case, links) for case in trial.cases)
    table = Table(
        "participants-table",
        "Participants; important and other deviations, candidates unless confirmed",
        columns,
        rows,
        searchable=True,
    )
    return Section("participants", "Participants", (table,))


def _row(case: Case, links: Mapping[str, str]) -> tuple[Cell, ...]:
    important = sum(one.importance == "important" for one in case.counted)
    when = day(case.facts.enrolled_at) or "at a time not known" if case.randomized else "no"
    return (
        text(case.id, href=links.get(case.id, "")),
        text(case.site),
        verdict(case.subject.gate.decision),
        text(when),
        number(important, "bad" if important else ""),
        number(len(case.counted) - important),
        number(len(case.queries), "open" if case.queries else ""),
        text(word(case.facts.stands)),
    )


def by_arm(trial: Trial) -> Section:
    """What unmasking adds: counts by allocation, without any comparison."""
    columns = [Column("Count", width=2.4), *(Column(title, "number") for title in trial.study.arms.values())]
    arms = {
        code: [case for case in trial.cases if case.randomized and case.facts.arm == code] for code in trial.study.arms
    }
    rows = [(text("randomized"), *(number(len(cases)) for cases in arms.values()))]
    rows.append((text("with an important deviation"), *(_with_important(cases) for cases in arms.values())))
    for name in trial.study.populations_by_arm:
        left = [number(leaving(cases, name)) for cases in arms.values()]
        rows.append(
            (
                text(message("would leave the population { $population }", population=trial.study.population(name))),
                *left,
            )
        )
    for rule in trial.study.counted.by_arm:
        if rule in trial.study.titles:
            for name in LADDERS["outcome"].words:
                counts = [number(verdict_counts(cases, rule)[name]) for cases in arms.values()]
                rows.append(
                    (
                        text(
                            message(
                                "{ $rule }  { $title }: { $name }",
                                rule=rule,
                                title=trial.study.titles[rule],
                                name=word(name),
                            )
                        ),
                        *counts,
                    )
                )
    lead = Paragraph(Joined(" ", ["Unmasked. These are counts.", trial.study.notes.comparison]), "note")
    return Section(
        "arms",
        "By allocation (unmasked)",
        (lead, Table("arm-table", "Counts by allocation", tuple(columns), tuple(rows))),
    )


def _with_important(cases: list[Case]) -> Cell:
    count = sum(any(one.importance == "important" for one in case.counted) for case in cases)
    return number(f"{count} ({share(count, len(cases))})")
