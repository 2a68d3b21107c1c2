"""Deviations, queries, notices, and the assumptions that the verdicts rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.protocol.verdicts import ALLOW, INCOMPLETE, REFUSE
from precise_cal.reports.document import Cell, Column, Facts, Paragraph, Section, Table, code, text
from precise_cal.reports.words import importance, minute, plural, population_words, required, status

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.reports.case import Case, Finding
    from precise_cal.reports.study import Study

CANDIDATE = "A candidate is what the rules found. It becomes a deviation when a person confirms it."


def deviations(case: Case) -> Section:
    """Each deviation with what was observed, its importance and why, the chain of reasons, and what it leaves."""
    blocks = [Paragraph(CANDIDATE if case.findings else "No deviation was found in this record.", "note")]
    sections = tuple(_deviation(case, one, place) for place, one in enumerate(case.findings))
    return Section("deviations", "Deviations", tuple(blocks), sections)


def _deviation(case: Case, one: Finding, place: int) -> Section:
    deviation = one.deviation
    chain = "\n".join(f"{step}. {reason.text} ({reason.rule})" for step, reason in enumerate(deviation.chain, start=1))
    pairs = [
        ("Status", status(one.status)),
        ("Importance", Cell(f"{one.importance}: {_why(one)}", importance(one.importance).tone)),
        ("Observed", text(observed(case, one))),
        ("Found by", text(" · ".join(part for part in (deviation.rule, deviation.item) if part))),
        ("Occurred", text(minute(deviation.occurred_at) or "not known")),
        ("How it follows", text(chain)),
        ("Populations", text(population_words(deviation.populations))),
        ("Stable id", code(one.id)),
    ]
    pairs += _decided(one)
    return Section(f"deviation-{place + 1}", f"{deviation.code}  {deviation.term}", (Facts(tuple(pairs)),))


def _why(one: Finding) -> str:
    if one.decision["Importance decided"]:
        return (
            f"{one.decision['Reason'] or 'as the reviewer classified it'} "
            f"(by default {one.deviation.importance}: {one.deviation.why})"
        )
    return one.deviation.why


def _decided(one: Finding) -> Iterator[tuple[str, Cell]]:
    names = ("Reason", "Corrective and preventive action", "Decided by", "Decided on")
    for name in names:
        if one.decision[name]:
            yield name, text(one.decision[name])


def observed(case: Case, one: Finding) -> str:
    """What decided the rule: its reasons that do not agree with what is required, else all of them."""
    verdict = case.verdict(one.deviation.rule)
    if verdict is None:
        return ""
    mine = [why for why in dict.fromkeys(verdict.because) if one.deviation.item in (None, why.item)]
    telling = [why for why in mine if why.observed != why.required]
    lines = []
    for why in telling or mine:
        item = f"{why.item}: " if why.item else ""
        wanted = f", required {required(why.required)}" if why.required else ""
        lines.append(f"{item}{'not known' if why.observed is None else why.observed}{wanted}  ({why.pointer})")
    return "\n".join(lines)


def queries(case: Case) -> Section:
    """Questions to the site. An open question is not a deviation."""
    columns = (
        Column("Please supply", width=3),
        Column("Source field", width=2),
        Column("For rule", width=1),
        Column("Answer", width=1.6),
    )
    rows = tuple(
        (text(one.query.ask), code(one.query.pointer), text(one.query.rule), text(one.decision["Answer"]))
        for one in case.queries
    )
    note = Paragraph("A query asks for what the record leaves open. It is neither a deviation nor a failure.", "note")
    table = Table("queries-table", "Open queries", columns, rows, empty="No question is open.")
    return Section("queries", "Queries", (note, table))


def notices(case: Case) -> Section:
    """What is worth seeing and decides nothing."""
    columns = (Column("Rule", width=1), Column("Notice", width=4), Column("Item", width=0.8), Column("Code", width=1.6))
    rows = tuple((text(one.rule), text(one.text), text(one.item), code(one.code)) for one in case.subject.notices)
    table = Table("notices-table", "Notices; they decide nothing", columns, rows, empty="None.")
    return Section("notices", "Notices", (table,))


def assumptions(case: Case, study: Study) -> Section:
    """The parameters that verdicts of this participant rest on and that no source of the trial states."""
    used: dict[tuple[str, str], list[str]] = {}
    for verdict in case.subject.verdicts:
        for one in verdict.parameters:
            if one.status == "assumed":
                used.setdefault((one.id, one.value), []).append(verdict.id)
    known = {(one.id, one.value): one for one in study.parameters}
    rows = tuple(
        (code(name), text(value), text(known[name, value].basis), text(", ".join(rules)))
        for (name, value), rules in sorted(used.items())
        if (name, value) in known
    )
    columns = (
        Column("Parameter", width=1.6),
        Column("Value", width=1.2),
        Column("Why", width=3),
        Column("Used by", width=1.4),
    )
    lead = Paragraph(study.notes.assumed, "note")
    return Section(
        "assumptions",
        "Assumptions that verdicts rest on",
        (lead, Table("assumptions-table", "Assumed values", columns, rows)),
    )


def summary_line(case: Case) -> str:
    """One sentence: the gate, the deviations, the queries."""
    counted = case.counted
    important = sum(one.importance == "important" for one in counted)
    gate = case.subject.gate
    told = {
        ALLOW: "Every criterion is met",
        REFUSE: f"{', '.join(gate.blocking)} forbid randomization",
        INCOMPLETE: f"{', '.join(gate.missing)} cannot be decided",
    }
    if gate.decision == REFUSE and len(gate.blocking) == 1:
        told[REFUSE] = f"{gate.blocking[0]} forbids randomization"
    randomized = "randomized" if case.randomized else "not randomized"
    found = f"{plural(len(counted), 'deviation')}, {important} important" if counted else "no deviation"
    return (
        f"{told[gate.decision]}. The participant is {randomized}; {found}; "
        f"{plural(len(case.queries), 'open query', 'open queries')}."
    )
