"""Deviations: important ones, by category and site, by code, the whole listing, limits, and trends."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, TypeVar

from precise_cal.language.catalog import Joined, message
from precise_cal.language.catalog import plural as counting
from precise_cal.reports.document import Cell, Column, Figure, Paragraph, Section, Table, number, text
from precise_cal.reports.drawing.charts import trend
from precise_cal.reports.participant.findings import CANDIDATE, observed, rule_and_clause
from precise_cal.reports.trial.numbers import by_category_and_site, by_code, counted, deviations
from precise_cal.reports.trial.quality import quality
from precise_cal.reports.trial.trends import trends
from precise_cal.reports.words import importance, minute, share, status

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from precise_cal.reports.case import Case, Finding, Trial
    from precise_cal.reports.document import Tone
    from precise_cal.reports.trial.quality import Quality
    from precise_cal.reports.trial.trends import Quarter

_Any = TypeVar("_Any")
_STATES: Final[Mapping[str, Tone]] = {"exceeded": "bad", "within": "good", "withheld": "quiet", "nobody yet": "quiet"}


def important(trial: Trial, links: Mapping[str, str]) -> Section:
    """The important deviations, each with what was observed."""
    rows = tuple(_row(case, one, links) for case, one in counted(trial) if one.importance == "important")
    columns = _without_importance(_COLUMNS)
    kept = tuple(_without_importance(row) for row in _sorted(rows))
    table = Table("important-table", "By site, participant and date", columns, kept, searchable=True)
    return Section("important", "Important deviations", (Paragraph(CANDIDATE, "note"), table))


def listing(trial: Trial, links: Mapping[str, str]) -> Section:
    """ICH E3, 16.2.2: every deviation."""
    rows = tuple(_row(case, one, links) for case, one in trial.findings)
    rejected = deviations(trial.cases).status.get("rejected", 0)
    note = message("Rejected deviations ({ $rejected }) are listed here and counted nowhere.", rejected=rejected)
    table = Table(
        "listing-table", "All deviations by site, participant and date", _COLUMNS, _sorted(rows), note, searchable=True
    )
    return Section("listing", "Listing 16.2.2: protocol deviations", (table,), breaks=True)


_COLUMNS = (
    Column("Site", filter=True, width=0.6),
    Column("Participant", width=0.9),
    Column("Occurred", width=1.1),
    Column("Deviation", width=2.4),
    Column("Category", filter=True, width=1.2),
    Column("Importance", filter=True, width=1.0),
    Column("Status", filter=True, width=0.9),
    Column("Found, rule and clause", width=3.6),
    Column("Populations", width=1.4),
)
_IMPORTANCE: Final = 5


def _without_importance(row: tuple[_Any, ...]) -> tuple[_Any, ...]:
    return (*row[:_IMPORTANCE], *row[_IMPORTANCE + 1 :])


def _row(case: Case, one: Finding, links: Mapping[str, str]) -> tuple[Cell, ...]:
    deviation = one.deviation
    return (
        text(case.site),
        text(case.id, href=links.get(case.id, "")),
        text(minute(deviation.occurred_at) or "not known"),
        text(Joined("\n", [_named(deviation.code, deviation.item), deviation.term])),
        text(deviation.category),
        importance(one.importance),
        status(one.status),
        text(_found(case, one)),
        text(_left(deviation.populations)),
    )


def _named(code: str, item: str | None) -> str:
    return f"{code} {item}" if item else code


def _left(populations: Mapping[str, bool]) -> str:
    left = [name for name, stays in populations.items() if not stays]
    return message("leaves { $populations }", populations=Joined(", ", left)) if left else "leaves none"


def _found(case: Case, one: Finding) -> str:
    """What was found, and below it the rule and the words of the protocol."""
    return Joined("\n", [part for part in (observed(case, one), rule_and_clause(case, one)) if part])


def _sorted(rows: tuple[tuple[Cell, ...], ...]) -> tuple[tuple[Cell, ...], ...]:
    return tuple(sorted(rows, key=lambda row: (row[0].text, row[1].text, row[2].text, row[3].text)))


def summary(trial: Trial, letters: Mapping[str, str]) -> Section:
    """By category, importance and site; by code."""
    return Section(
        "deviations",
        "Deviations by category, importance and site",
        (_by_site(trial), _rates(trial, letters), _by_code(trial)),
    )


def _by_site(trial: Trial) -> Table:
    found = by_category_and_site(trial)
    rows = [
        (text(category), importance(level), *(number(count) for count in sites.values()), number(sum(sites.values())))
        for (category, level), sites in found.items()
    ]
    totals = [sum(sites[site] for sites in found.values()) for site in trial.sites]
    randomized = [sum(case.randomized for case in trial.cases if case.site == site) for site in trial.sites]
    rows.append((text("all"), text(""), *(number(count) for count in totals), number(sum(totals))))
    columns = (
        Column("Category", width=2.4),
        Column("Importance", width=2.2),
        *(Column(site, "number") for site in trial.sites),
        Column("All", "number"),
    )
    each = Joined(", ", [f"{site} {count}" for site, count in zip(trial.sites, randomized, strict=True)])
    note = message("Randomized participants: { $sites }; { $count } in all.", sites=each, count=sum(randomized))
    return Table(
        "site-table",
        "Deviations at each site (ICH E3, section 10.2: by center); rejected ones are left out",
        columns,
        tuple(rows),
        note,
        total=True,
    )


def _rates(trial: Trial, letters: Mapping[str, str]) -> Table:
    """What each site has for each of its randomized participants: sites of different size compare."""
    cases = {site: [case for case in trial.cases if case.site == site] for site in trial.sites}
    rows = tuple(_rate(text(site, href=letters.get(site, "")), mine) for site, mine in cases.items())
    total = _rate(text("all"), trial.cases)
    names = ("Randomized", "Important", "Other", "Queries")
    each = ("Important, each", "Other, each", "Queries, each")
    columns = (Column("Site"), *(Column(name, "number") for name in (*names, *each)))
    caption = "Deviations and open queries for each randomized participant of a site; sites lead to their letters"
    return Table("rate-table", caption, columns, (*rows, total), total=True)


def _rate(head: Cell, cases: Sequence[Case]) -> tuple[Cell, ...]:
    randomized = [case for case in cases if case.randomized]
    found = deviations(randomized)
    counts = (found.important, found.other, sum(len(case.queries) for case in randomized))
    rates = (f"{count / len(randomized):.2f}" if randomized else "–" for count in counts)
    return head, number(len(randomized)), *map(number, counts), *map(number, rates)


def _by_code(trial: Trial) -> Table:
    randomized = sum(case.randomized for case in trial.cases)
    rows = []
    for (name, term, level), found in by_code(trial).items():
        people = len({case.id for case, _ in found})
        rules = Joined(", ", sorted({one.deviation.rule for _, one in found}))
        confirmed = sum(one.status == "confirmed" for _, one in found)
        counts = (number(len(found)), number(people), number(share(people, randomized)), number(confirmed))
        rows.append(
            (text(message("{ $name }  { $term }", name=name, term=term)), text(rules), importance(level), *counts)
        )
    columns = (
        Column("Deviation", width=3),
        Column("Rule", width=1.4),
        Column("Importance", width=1.2),
        Column("Deviations", "number"),
        Column("Participants", "number"),
        Column("Of randomized", "number"),
        Column("Confirmed", "number"),
    )
    return Table("code-table", "Deviations by code", columns, tuple(rows))


def limits(trial: Trial) -> Section:
    """Quality tolerance limits."""
    rows = tuple(_limit(one) for one in quality(trial))
    columns = (
        Column("Limit", width=3.2),
        Column("Affected", "number"),
        Column("Of", "number"),
        Column("Share", "number"),
        Column("Tolerated", "number"),
        Column("State"),
    )
    counted_as = "Candidates count until they are rejected. To exceed means to lie above."
    note = Joined(" ", [part for part in (trial.study.notes.quality, counted_as) if part])
    return Section(
        "limits",
        "Quality tolerance limits",
        (Table("limit-table", "Share of participants affected, against the limit", columns, rows, note),),
    )


def _limit(one: Quality) -> tuple[Cell, ...]:
    shown = one.state != "withheld"
    return (
        text(message("{ $id }  { $title }", id=one.id, title=one.title)),
        number(one.affected) if shown else number("–"),
        number(one.of) if shown else number("–"),
        number(share(one.affected, one.of)),
        number(f"{one.limit_percent:g} %"),
        Cell(one.state, _STATES[one.state]),
    )


def trend_section(trial: Trial) -> Section:
    """Rates by quarter."""
    quarters, undated = trends(trial)
    if not quarters:
        return Section("trends", "Trends", (Paragraph("Nobody has been randomized yet."),))
    lines = {
        "important": [one.rate(one.important) for one in quarters],
        "non-important": [one.rate(one.other) for one in quarters],
    }
    title = "Deviations per 100 participant-months, by quarter of occurrence; the table below has every number"
    figure = Figure(
        trend([one.name for one in quarters], lines, "per 100 participant-months", title), "Rate of deviations", title
    )
    one, many = "{ $count } deviation has no date within", "{ $count } deviations have no date within"
    rest = " these quarters and stand in none of them."
    note = counting(undated, one + rest, many + rest) if undated else ""
    return Section("trends", "Trends", (figure, _quarters(quarters, note)))


def _quarters(quarters: Sequence[Quarter], note: str) -> Table:
    rows = tuple(
        (
            text(one.name),
            number(one.randomized),
            number(f"{one.months:.1f}"),
            number(one.important),
            number(one.other),
            *(
                number("–" if value is None else f"{value:.1f}")
                for value in (one.rate(one.important), one.rate(one.other))
            ),
        )
        for one in quarters
    )
    columns = (
        Column("Quarter"),
        Column("Randomized", "number"),
        Column("Participant-months", "number"),
        Column("Important", "number"),
        Column("Other", "number"),
        Column("Important, rate", "number"),
        Column("Other, rate", "number"),
    )
    caption = "By quarter of occurrence; rates per 100 participant-months from randomization"
    return Table("trend-table", caption, columns, rows, note)
