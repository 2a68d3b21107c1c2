"""A trial folder, and the changes between two, as text; the first also as a diagram (Mermaid)."""

from __future__ import annotations

import io
from typing import TYPE_CHECKING, Final

from precise_cal.language.catalog import ENGLISH, Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from precise_cal.engine.trial_diff import Change, Compared, Side
    from precise_cal.engine.trial_map import TrialMap
    from precise_cal.language.catalog import Catalog

_WIDTH: Final = 120


def map_lines(drawn: TrialMap, catalog: Catalog = ENGLISH) -> Iterator[str]:
    """The trial at a glance, in the language of a catalog."""
    yield f"{drawn.study}  {catalog(drawn.title)}"
    yield from map(catalog, _about(drawn))
    for title, heads, rows in _tables(drawn, catalog):
        yield from _table(catalog(title), [*map(catalog, heads)], rows)


def _about(drawn: TrialMap) -> Iterator[str]:
    yield message("version { $version }, rules { $sha256 }", version=drawn.version, sha256=drawn.sha256[:12])
    if drawn.arms:
        yield message("arms: { $arms }", arms=Verbatim("; ".join(drawn.arms)))


def _tables(drawn: TrialMap, catalog: Catalog) -> Iterator[tuple[str, Sequence[str], Iterable[Sequence[str]]]]:
    """The tables of a trial: title, heads, and rows."""
    yield (
        "Rules (* the gate needs it)",
        ("rule", "judged for", "title", "reads", "parameters", "leads to"),
        (
            (
                f"{rule.id}{'*' if rule.required_by_gate else ''}",
                catalog(rule.scope),
                catalog(rule.title),
                ", ".join(rule.reads),
                ", ".join(rule.parameters),
                ", ".join((*([rule.deviation] if rule.deviation else []), *rule.findings)),
            )
            for rule in drawn.rules
        ),
    )
    yield (
        "Record",
        ("part", "field", "read by"),
        (
            (part.path or catalog("(record)") if index == 0 else "", name, ", ".join(readers))
            for part in drawn.parts
            for index, (name, readers) in enumerate(part.fields)
        ),
    )
    yield (
        "Parameters",
        ("parameter", "value", "status", "used by", "meaning"),
        (
            (one.id, one.value, catalog(one.status), ", ".join(one.rules), catalog(one.meaning))
            for one in drawn.parameters
        ),
    )
    yield "Roles", ("role", "expression"), drawn.roles
    yield "Deviations", ("code", "term"), ((code, catalog(term)) for code, term in drawn.deviations)


def _table(title: str, heads: Sequence[str], rows: Iterable[Sequence[str]]) -> Iterator[str]:
    from rich import box
    from rich.console import Console
    from rich.table import Table

    filled = [tuple(row) for row in rows]
    if not filled:
        return
    table = Table(box=box.SIMPLE_HEAD, pad_edge=False)
    for head in heads:
        table.add_column(head, overflow="fold")
    for row in filled:
        table.add_row(*row)
    console = Console(file=io.StringIO(), width=_WIDTH, color_system=None, markup=False, highlight=False, emoji=False)
    with console.capture() as shown:
        console.print(table)
    yield f"\n{title}"
    yield from (line.rstrip() for line in shown.get().splitlines() if line.strip())


def mermaid_lines(drawn: TrialMap, catalog: Catalog = ENGLISH) -> Iterator[str]:
    """A flow chart: parts of the record, the rules that read them, and what follows."""
    yield "flowchart LR"
    parts = {part.path: index for index, part in enumerate(drawn.parts)}
    codes = {code: index for index, (code, _) in enumerate(drawn.deviations)}
    for name, index in parts.items():
        yield f'  P{index}["{_label(name or catalog("record"))}"]'
    for index, rule in enumerate(drawn.rules):
        yield f'  R{index}("{_label(f"{rule.id} {catalog(rule.title)}")}")'
        for part in dict.fromkeys(name.rpartition(".")[0] for name in rule.reads):
            if part in parts:
                yield f"  P{parts[part]} --> R{index}"
        if rule.required_by_gate:
            yield f"  R{index} --> GATE{{{catalog('gate')}}}"
        if rule.deviation in codes:
            yield f'  R{index} --> D{codes[rule.deviation]}["{_label(rule.deviation or "")}"]'


def _label(text: str) -> str:
    return text.replace("&", "&amp;").replace('"', "&quot;").replace("<", "&lt;").replace(">", "&gt;")


def change_lines(compared: Compared) -> Iterator[str]:
    """Everything that changes for a participant."""
    yield Verbatim(compared.subject_id)
    for change in compared.changes:
        yield from _change_lines(change)


def _change_lines(change: Change) -> Iterator[str]:
    yield message(
        "  { $rule }  { $before } -> { $after }  { $title }",
        rule=change.rule,
        before=_word(change.before),
        after=_word(change.after),
        title=change.title,
    )
    for name, side in (("before", change.before), ("after", change.after)):
        for because in side.because:
            required = message(", required { $required }", required=because.required) if because.required else ""
            pattern = "{ $pointer } { $observed }{ $required }"
            yield _side(name, message(pattern, pointer=because.pointer, observed=because.shown, required=required))
        for one in side.parameters:
            value = Verbatim(one.value)
            yield _side(name, message("{ $id } = { $value } ({ $status })", id=one.id, value=value, status=one.status))
        if side.rules:
            yield _side(name, ", ".join(side.rules))


def _side(name: str, text: str) -> str:
    return "    " + message("{ $item }: { $text }", item=name, text=text)


def _word(side: Side) -> str:
    return side.verdict or "(no such rule)"


def summary_line(number: int, changed: Sequence[Compared]) -> str:
    """How many participants change, and by which rules how often."""
    counts: dict[str, int] = {}
    for one in changed:
        for change in one.changes:
            counts[change.rule] = counts.get(change.rule, 0) + 1
    rules = "; ".join(f"{rule} {count}" for rule, count in counts.items())
    return message(
        "{ $count } of { $number } participants change{ $rules }",
        count=len(changed),
        number=number,
        rules=f": {rules}" if rules else "",
    )
