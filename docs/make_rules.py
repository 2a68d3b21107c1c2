"""Writes docs/rules.md, docs/assumptions.md and docs/traceability.md from the rule files and the tables beside it.

python docs/make_rules.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import yaml

from precise_cal.engine.cases import PlacedCase, read_cases
from precise_cal.engine.rulebook import rulebook
from precise_cal.engine.rulebook.edition import ExecutableRule
from precise_cal.engine.rulebook.rulebook import Rulebook
from precise_cal.rules import bundled

HERE = Path(__file__).parent
MADE = "<!-- made by docs/make_rules.py; do not edit -->"


def rules_page(book: Rulebook, cases: tuple[PlacedCase, ...]) -> Iterator[str]:
    """Every rule: clause, condition, parameters, cases."""
    edition = book.edition(None)
    study = book.study.study
    yield f"# The rules\n\n{MADE}\n"
    yield f"{study.id}, {study.version}. Conditions are CQL ([cql.md](cql.md)); `precise rules show ID` prints one.\n"
    yield "| Rule | Kind | Judged for | Clause | Cases |\n| --- | --- | --- | --- | --- |"
    for rule in edition.rules:
        scope = f"each {rule.scope.word}" if rule.scope else "participant"
        count = sum(case.rule == rule.rule.id for case in cases)
        link = f"[{rule.rule.id}](#{rule.rule.id.lower()})"
        yield f"| {link} | {rule.kind} | {scope} | {_cell(rule.rule.quote)} | {count} |"
    for rule in edition.rules:
        yield from _rule(rule, cases)
    yield "\n## Rules that are off\n\n`enabled: true` in the rule files switches one on.\n"
    yield "| Rule | Title | Off because | Findings |\n| --- | --- | --- | --- |"
    for one in (one for file, _ in book.loaded.rules for one in file.rules if not one.enabled):
        yield f"| {one.id} | {one.title} | {one.off_because} | {', '.join(two.code for two in one.findings)} |"
    yield "\n## Definitions\n"
    for file, _ in book.loaded.rules:
        for one in file.definitions:
            operands = f"({', '.join(f'{name} {kind}' for name, kind in one.operands.items())})" if one.operands else ""
            each = f", for each {one.for_each}" if one.for_each else ""
            yield f"**{one.define}**{operands}{each}: {one.means}\n\n```\n{one.as_.strip()}\n```\n"


def _rule(rule: ExecutableRule, cases: tuple[PlacedCase, ...]) -> Iterator[str]:
    yield f"\n## {rule.rule.id}\n\n{rule.rule.title}.\n\n> {rule.rule.quote}\n\n{rule.rule.source}"
    if rule.rule.ambiguities:
        yield f"\nRead as [assumptions.md](assumptions.md) says under {', '.join(rule.rule.ambiguities)}."
    if rule.rule.frame:
        yield f"\nFrom when to when: {rule.rule.frame} (definitions below)."
    for name, condition in rule.conditions.items():
        yield f"\n`{name}`\n\n```\n{condition.code.text.strip()}\n```"
    if rule.parameters:
        yield "\n| Parameter | Value | Status |\n| --- | --- | --- |"
        yield from (f"| {one.id} | {one.value} | {one.status} |" for one in rule.parameters)
    if rule.findings:
        yield f"\nFindings: {', '.join(one.code for one in rule.findings)}"
    if rule.notices:
        yield "\n| Notice | Says |\n| --- | --- |"
        yield from (f"| {one.notice.code} | {_cell(one.notice.text)} |" for one in rule.notices)
    mine = [case for case in cases if case.rule == rule.rule.id]
    if mine:
        yield "\n| Case | Verdict |\n| --- | --- |"
        yield from (f"| {_cell(case.case.case)} | {case.case.expect} |" for case in mine)


def assumptions_page(book: Rulebook, ambiguities: dict[str, dict[str, str]]) -> Iterator[str]:
    """What the record leaves open, how it is read, and the parameter that holds it."""
    parameters = book.parameters_of(book.timeline.keys[0])
    yield f"# Assumptions\n\n{MADE}\n"
    yield (
        "The registry record is a summary, not the protocol. What it leaves open is read as follows until the sponsor "
        "confirms or changes it; a confirmed value is a new dated value of the parameter in "
        "`precise_cal/rules/protocol.yaml`.\n"
    )
    yield "| | Open in the record | Read as | Parameters |\n| --- | --- | --- | --- |"
    for identifier, entry in ambiguities.items():
        held = [name for name, one in parameters.items() if identifier in one.parameter.ambiguities]
        where = ", ".join(f"`{name}`" for name in held) or f"none: {entry['why']}"
        yield f"| {identifier} | {_cell(entry['open'])} | {_cell(entry['read'])} | {where} |"
    yield "\n## Parameters\n\n| Parameter | Value | Status | Ground |\n| --- | --- | --- | --- |"
    for name, one in parameters.items():
        ground = (one.entry.quote and f'"{one.entry.quote}"') or one.entry.why or str(one.entry.confirmed)
        yield f"| `{name}`: {_cell(one.parameter.meaning)} | {one.used.value} | {one.entry.status} | {_cell(ground)} |"


def traced(rows: list[dict[str, Any]], book: Rulebook) -> list[dict[str, Any]]:
    """The table, with the rules that it does not name: each by its own quote, and by the document that it is from."""
    named = {rule for row in rows for rule in row.get("rules", [])}
    rest = [one.rule for one in book.edition(None).rules if one.kind != "side_finding" and one.rule.id not in named]
    return [*rows, *({"says": f"{one.quote} ({one.source})", "rules": [one.id]} for one in rest)]


def traceability_page(rows: list[dict[str, Any]]) -> Iterator[str]:
    """Every sentence of the record, with its rules or the reason for none."""
    yield f"# From the registry record to the rules\n\n{MADE}\n"
    yield "| The record says | Rules |\n| --- | --- |"
    for row in rows:
        links = ", ".join(f"[{name}](rules.md#{name.lower()})" for name in row.get("rules", []))
        yield f"| {_cell(row['says'])} | {links or 'none: ' + row['none']} |"


def _cell(text: Any) -> str:
    return str(text).replace("|", "\\|").replace("\n", " ").strip()


def pages() -> dict[str, str]:
    """The text of each page, by file name."""
    book = rulebook(bundled(), cache=False)
    ambiguities = yaml.safe_load((HERE / "ambiguities.yaml").read_text(encoding="utf-8"))
    rows = yaml.safe_load((HERE / "traceability.yaml").read_text(encoding="utf-8"))
    return {
        "rules.md": "\n".join(rules_page(book, read_cases(bundled()))) + "\n",
        "traceability.md": "\n".join(traceability_page(traced(rows, book))) + "\n",
        "assumptions.md": "\n".join(assumptions_page(book, ambiguities)) + "\n",
    }


if __name__ == "__main__":
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")
