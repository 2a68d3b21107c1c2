"""Contacts, QFR at the gate, outcome events, queries, and the assumptions in force."""

from __future__ import annotations

from collections import defaultdict
from decimal import Decimal
from math import ceil
from typing import TYPE_CHECKING

from precise_cal.language.catalog import Joined, message
from precise_cal.protocol.verdicts import (
    CANNOT_ASSESS,
    COMPLIANT,
    DEVIATION,
    LADDERS,
    NO,
    NOT_APPLICABLE,
    NOT_DUE,
    REVIEW,
    YES,
)
from precise_cal.reports.document import Cell, Column, Figure, Paragraph, Section, Table, code, number, text
from precise_cal.reports.drawing.charts import histogram, shares
from precise_cal.reports.trial.numbers import counted, gate_qfr, verdict_counts
from precise_cal.reports.words import Lowered, plural, share, word, words

if TYPE_CHECKING:
    from collections import Counter
    from collections.abc import Mapping, Sequence

    from precise_cal.reports.case import Case, Trial
    from precise_cal.reports.document import Block
    from precise_cal.reports.study import PlannedVisit

_CONDUCT, _OUTCOME = LADDERS["conduct"].words, LADDERS["outcome"].words
_FILLS = {COMPLIANT: "solid", DEVIATION: "hatch", NOT_DUE: "open", CANNOT_ASSESS: "gray"}
_BIN = Decimal("0.01")


def visits(trial: Trial) -> Section:
    """How many contacts were in their window."""
    randomized = [case for case in trial.cases if case.randomized]
    counts = {plan.name: verdict_counts(randomized, plan.rule) for plan in trial.study.visits}
    drawn = {
        name: [(_visit_word(one), found[one], fill) for one, fill in _FILLS.items()] for name, found in counts.items()
    }
    title = "Contacts of randomized participants: in window, deviation, not due, undecided"
    rows = tuple(_visit(trial, plan, counts[plan.name]) for plan in trial.study.visits)
    names = ("Due", "In window", "Share", "Deviation", "Undecided", "Not due", "Not owed")
    columns = (
        Column("Contact", width=2),
        Column("Window", width=2.2),
        *(Column(name, "number") for name in names),
        Column("Deviations of this rule", width=2),
    )
    note = "Not owed: the participant refused the contact, or died, withdrew or was lost before its window closed."
    figure = Figure(shares(drawn, title, "visits"), "Contacts of randomized participants", title)
    return Section(
        "visits",
        "Visit adherence",
        (figure, Table("visit-table", "Contacts of randomized participants", columns, rows, note)),
    )


def _visit(trial: Trial, plan: PlannedVisit, found: Counter[str]) -> tuple[Cell, ...]:
    terms = [one.deviation.decode for _, one in counted(trial) if one.deviation.rule == plan.rule]
    told = [message("{ $term } { $count }", term=Lowered(term), count=terms.count(term)) for term in sorted(set(terms))]
    undecided = found[CANNOT_ASSESS] + found[REVIEW]
    due = found[COMPLIANT] + found[DEVIATION] + undecided
    judged = [plan.as_judged(case.verdict(plan.rule)) for case in trial.cases if case.randomized] or [plan]
    windows = dict.fromkeys(
        message("day { $first } to { $last }, { $status }", first=one.first, last=one.last, status=one.status)
        for one in judged
    )
    return (
        text(message("{ $name }  { $title }", name=plan.name, title=plan.title)),
        text(Joined("; ", windows)),
        number(due),
        number(found[COMPLIANT]),
        number(share(found[COMPLIANT], due)),
        number(found[DEVIATION]),
        number(undecided),
        number(found[NOT_DUE]),
        number(found[NOT_APPLICABLE]),
        text(Joined("; ", told)),
    )


def _visit_word(verdict: str) -> str:
    return {COMPLIANT: "in window", DEVIATION: "deviation", NOT_DUE: "not due", CANNOT_ASSESS: "undecided"}[verdict]


def qfr(trial: Trial) -> Section:
    """The QFR that decided at the gate: its distribution."""
    found = gate_qfr(trial)
    threshold = trial.study.qfr.threshold if trial.study.qfr else None
    if not found or threshold is None:
        return Section("qfr", "QFR at the gate", (Paragraph("No QFR that decides is recorded."),))
    values = [Decimal(value) for _, _, value in found]
    first = min(int(min(values) / _BIN), int(threshold / _BIN) - 4)
    bins = dict.fromkeys(range(first, 100), 0)
    for value in values:
        bins[max(first, ceil(value / _BIN) - 1)] += 1
    title = message(
        "Distribution of { $count } QFR values after modification, against the threshold { $threshold }, "
        "itself excluded",
        count=len(values),
        threshold=str(threshold),
    )
    drawn = histogram([(place / 100, count) for place, count in bins.items()], 0.01, float(threshold), title, "qfr")
    above = sum(value > threshold for value in values)
    ordered = sorted(values)
    rows = (
        (text("vessels with a QFR that decides"), number(len(values))),
        (text(message("above { $threshold }", threshold=str(threshold))), number(above)),
        (text(message("not above { $threshold }", threshold=str(threshold))), number(len(values) - above)),
        (
            text("of them in randomized participants"),
            number(sum(case.randomized and Decimal(value) <= threshold for case, _, value in found)),
        ),
        (
            text("lowest, median, highest"),
            number(f"{ordered[0]}, {ordered[len(ordered) // 2]}, {ordered[-1]}"),
        ),
    )
    note = message(
        "Strictly above { $threshold } is required; { $threshold } itself is not enough. Each bar holds its right end.",
        threshold=str(threshold),
    )
    table = Table(
        "qfr-table",
        "QFR by the site after modification and before randomization",
        (Column("Count", width=3), Column("Vessels", "number")),
        rows,
        note,
    )
    return Section("qfr", "QFR at the gate", (Figure(drawn, "QFR after calcium modification", title), table))


def outcomes(trial: Trial) -> Section:
    """Events that the study counts, over all participants; side findings beside those they compare with."""
    named = trial.study.counted
    randomized = [case for case in trial.cases if case.randomized]
    kinds = {one.id: one.kind for case in trial.cases[:1] for one in case.subject.verdicts}
    events = [rule for rule, kind in kinds.items() if kind == "outcome"]
    others = [rule for rule, kind in kinds.items() if kind == "side_finding"]
    lead = Paragraph(
        "Counts over both arms, of events as recorded and adjudicated. No arm is shown, and no conclusion is drawn.",
        "note",
    )
    blocks: list[Block] = [
        lead,
        _table("outcome-table", "Outcome events of randomized participants", events, trial, randomized),
    ]
    if others:
        compared = [rule for rule in events if rule in named.beside]
        blocks.append(_table("pmi-table", named.caption, [*compared, *others], trial, randomized))
    title = message("Outcome events, and { $side }", side=named.side) if named.side else "Outcome events"
    return Section("outcomes", title, tuple(blocks))


def _table(name: str, caption: str, rules: list[str], trial: Trial, cases: Sequence[Case]) -> Table:
    rows = []
    for rule in rules:
        found = verdict_counts(cases, rule)
        decided = found[YES] + found[NO]
        rows.append(
            (
                text(message("{ $rule }  { $title }", rule=rule, title=trial.study.titles.get(rule, ""))),
                *(number(found[one]) for one in _OUTCOME),
                number(share(found[YES], decided)),
            )
        )
    columns = (
        Column("Event", width=3),
        *(Column(word(one), "number") for one in _OUTCOME),
        Column("Yes, of decided", "number"),
    )
    return Table(name, caption, columns, tuple(rows))


def conduct(trial: Trial) -> Section:
    """Rules of conduct by verdict."""
    randomized = [case for case in trial.cases if case.randomized]
    rules = [one.id for case in trial.cases[:1] for one in case.subject.verdicts if one.kind == "conduct"]
    rows = []
    for rule in rules:
        found = verdict_counts(randomized, rule)
        rows.append(
            (
                text(message("{ $rule }  { $title }", rule=rule, title=trial.study.titles.get(rule, ""))),
                *(number(found[one]) for one in _CONDUCT),
            )
        )
    columns = (Column("Rule", width=3), *(Column(word(one), "number") for one in _CONDUCT))
    hidden = sorted({rule for case in trial.cases for rule in case.withheld})
    note = message("{ $hidden } are withheld with the allocation.", hidden=Joined(" and ", hidden)) if hidden else ""
    return Section(
        "conduct",
        "Conduct by rule",
        (Table("conduct-table", "Randomized participants by verdict", columns, tuple(rows), note),),
    )


def queries(trial: Trial, links: Mapping[str, str]) -> Section:
    """Open questions, by what is missing, then one by one. None of them is a deviation."""
    note = Paragraph("A query asks for what a record leaves open. Queries are counted apart from deviations.", "note")
    return Section("queries", "Open queries", (note, _missing(trial), _one_by_one(trial, links)))


def _missing(trial: Trial) -> Table:
    groups: defaultdict[tuple[str, str], set[str]] = defaultdict(set)
    for case in trial.cases:
        for one in case.queries:
            groups[one.query.rule, one.query.ask].add(case.id)
    ordered = sorted(groups.items(), key=lambda one: (-len(one[1]), one[0]))
    return Table(
        "missing-table",
        "What is missing, most frequent first",
        (Column("Please supply", width=4), Column("For rule", width=1.2), Column("Participants", "number")),
        tuple((text(ask), text(rule), number(len(people))) for (rule, ask), people in ordered),
        empty="No question is open.",
    )


def _one_by_one(trial: Trial, links: Mapping[str, str]) -> Table:
    rows = tuple(
        (
            text(case.site),
            text(case.id, href=links.get(case.id, "")),
            text(one.query.ask),
            text(one.query.rule),
            code(case.source(one.query.pointer)),
            text(one.decision["Answer"]),
        )
        for case in trial.cases
        for one in case.queries
    )
    columns = (
        Column("Site", filter=True, width=0.6),
        Column("Participant"),
        Column("Please supply", width=3),
        Column("For rule", filter=True),
        Column("Source field", width=2),
        Column("Answer", width=1.2),
    )
    return Table(
        "query-table",
        message("{ $plural }, one by one", plural=plural(len(rows), "open query", "open queries")),
        columns,
        rows,
        searchable=True,
        empty="No question is open.",
    )


def assumptions(trial: Trial) -> Section:
    """Parameters with their status: stated by the registry record, assumed, or confirmed by the sponsor."""
    order = {"assumed": 0, "confirmed": 1, "registry": 2}
    rows = tuple(
        (
            code(one.id),
            text(one.meaning),
            text(words(one.value)),
            Cell(one.status, "open" if one.status == "assumed" else ""),
            text(one.basis),
        )
        for one in sorted(trial.study.parameters, key=lambda one: (order[one.status], one.id))
    )
    columns = (
        Column("Parameter", width=1.7),
        Column("Meaning", width=3),
        Column("Value", width=1.4),
        Column("Status", filter=True),
        Column("Basis", width=3),
    )
    lead = Paragraph(trial.study.notes.source, "note")
    return Section(
        "assumptions",
        "Assumptions in force",
        (lead, Table("assumption-table", "Parameters and their status", columns, rows, searchable=True)),
    )
