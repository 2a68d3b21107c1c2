"""Deviations, queries, notices, and the assumptions that the verdicts rest on."""

from __future__ import annotations

from typing import TYPE_CHECKING

from precise_cal.language.catalog import Joined, message
from precise_cal.language.catalog import plural as counting
from precise_cal.protocol.verdicts import ALLOW, INCOMPLETE, YES
from precise_cal.reports.document import Cell, Column, Facts, Paragraph, Section, Table, code, text
from precise_cal.reports.words import importance, minute, plural, population_words, status, words

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.protocol.report import Verdict
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
    chain = [
        message("{ $step }. { $text } ({ $rule })", step=step, text=reason.text, rule=reason.rule)
        for step, reason in enumerate(deviation.chain, start=1)
    ]
    weight = message("{ $importance }: { $why }", importance=one.importance, why=_why(one))
    pairs = [
        ("Found", text(observed(case, one))),
        ("Rule", text(rule_and_clause(case, one))),
        ("Status", status(one.status)),
        ("Importance", Cell(weight, importance(one.importance).tone)),
        ("Occurred", text(minute(deviation.occurred_at) or "not known")),
        ("How it follows", text(Joined("\n", chain))),
        ("Populations", text(population_words(deviation.populations))),
        ("Stable id", code(one.id)),
    ]
    pairs += _decided(one)
    title = message("{ $code }  { $term }", code=deviation.code, term=deviation.term)
    return Section(f"deviation-{place + 1}", title, (Facts(tuple(pairs)),))


def rule_and_clause(case: Case, one: Finding) -> str:
    """The rule of a deviation with its title, the lesion or vessel, and the words of the protocol."""
    verdict = case.verdict(one.deviation.rule)
    if verdict is None:
        return Joined(" · ", [part for part in (one.deviation.rule, one.deviation.item) if part])
    head = message("{ $rule }  { $title }", rule=verdict.id, title=verdict.title)
    named = Joined(" · ", [head, *([one.deviation.item] if one.deviation.item else [])])
    return Joined("\n", [named, f"“{verdict.quote}”"]) if verdict.quote else named


def _why(one: Finding) -> str:
    if one.decision["Importance decided"]:
        return message(
            "{ $decision } (by default { $importance }: { $why })",
            decision=one.decision["Reason"] or "as the reviewer classified it",
            importance=one.deviation.importance,
            why=one.deviation.why,
        )
    return one.deviation.why


def _decided(one: Finding) -> Iterator[tuple[str, Cell]]:
    names = ("Reason", "Corrective and preventive action", "Decided by", "Decided on")
    for name in names:
        if one.decision[name]:
            yield name, text(one.decision[name])


def observed(case: Case, one: Finding) -> str:
    """What was found: the sentences of its rule, else the data that decided it, else what it follows from."""
    verdict = case.verdict(one.deviation.rule)
    if verdict is None:
        return one.deviation.chain[0].text if one.deviation.chain else ""
    mine = [says for says in verdict.says if one.deviation.item in (None, says.item)]
    return Joined("\n", [says.text for says in mine] or _data(verdict, one.deviation.item))


def _data(verdict: Verdict, item: str | None) -> Iterator[str]:
    """What decided a rule that says nothing: what does not agree with what is required, else all of it."""
    mine = [why for why in dict.fromkeys(verdict.because) if item in (None, why.item)]
    for why in [why for why in mine if why.observed != why.required] or mine:
        head = message("{ $item }: ", item=why.item) if why.item else ""
        wanted = message(", required { $required }", required=why.required) if why.required else ""
        pattern = "{ $item }{ $found }{ $wanted }  ({ $pointer })"
        yield message(pattern, item=head, found=why.shown, wanted=wanted, pointer=why.pointer)


def queries(case: Case) -> Section:
    """Questions to the site. An open question is not a deviation."""
    columns = (
        Column("Please supply", width=3),
        Column("Source field", width=2),
        Column("For rule", width=1),
        Column("Answer", width=1.6),
    )
    rows = tuple(
        (text(one.query.ask), code(case.source(one.query.pointer)), text(one.query.rule), text(one.decision["Answer"]))
        for one in case.queries
    )
    note = Paragraph("A query asks for what the record leaves open. It is neither a deviation nor a failure.", "note")
    table = Table("queries-table", "Open queries", columns, rows, empty="No question is open.")
    return Section("queries", "Queries", (note, table, *_needed(case)))


def _needed(case: Case) -> Iterator[Table]:
    """Of each rule that lacks data, the fewest that would do; which value would, no document says."""
    if case.needed:
        columns = (Column("For rule", width=1), Column("Data", width=3), Column("Source field", width=2))
        rows = tuple((text(one.rule), text(one.ask), code(case.source(one.pointer))) for one in case.needed)
        note = "No fewer of what is missing would do. What else is asked may stay open."
        yield Table("needed-table", "The fewest data with which each rule could pass", columns, rows, note)


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
        (code(name), text(words(value)), text(known[name, value].basis), text(Joined(", ", rules)))
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
    """One sentence: the gate, the deviations, the events, the queries."""
    counted = case.counted
    important = sum(one.importance == "important" for one in counted)
    deviations = message("{ $deviations }, { $important } important", deviations=plural(len(counted), "deviation"),
                         important=important) if counted else "no deviation"  # fmt: skip
    return message(
        "{ $gate }. The participant is { $randomized }; { $deviations }; { $events }; { $queries }.",
        gate=_gate(case),
        randomized="randomized" if case.randomized else "not randomized",
        deviations=deviations,
        events=_events(case),
        queries=plural(len(case.queries), "open query", "open queries"),
    )


def _gate(case: Case) -> str:
    gate = case.subject.gate
    if gate.decision == ALLOW:
        return "Every criterion is met"
    if gate.decision == INCOMPLETE:
        return message("{ $rules } cannot be decided", rules=Joined(", ", gate.missing))
    one, many = "{ $rules } forbids randomization", "{ $rules } forbid randomization"
    return counting(len(gate.blocking), one, many, rules=Joined(", ", gate.blocking))


def _events(case: Case) -> str:
    """The events that happened, in their sentences."""
    found = [one for one in case.subject.verdicts if one.kind == "outcome" and one.verdict == YES]
    if not found:
        return "no event"
    told = [says.text for one in found for says in one.says] or [one.title for one in found]
    one, many = "{ $count } event: { $events }", "{ $count } events: { $events }"
    return counting(len(found), one, many, events=Joined(", ", told))
