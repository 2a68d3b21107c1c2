"""Writes docs/coverage.md: which atoms of the rules the cases decide, and how.

python docs/make_coverage.py
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from precise_cal.assurance.coverage import Coverage, Decided, coverage
from precise_cal.assurance.given import given_by_cases
from precise_cal.engine.cases import read_cases
from precise_cal.engine.rulebook import rulebook
from precise_cal.rules import bundled

HERE = Path(__file__).parent
MADE = "<!-- made by docs/make_coverage.py; do not edit -->"


def coverage_page(found: Coverage) -> Iterator[str]:
    """The atoms of each rule, and those that no case decided one way."""
    both = sum(not one.missing for one in found.atoms)
    yield f"# What the cases decide\n\n{MADE}\n"
    yield (
        "An atom is a comparison, a null test or a Boolean field of a condition, a definition, a finding, a notice or\n"
        "a scope ([assurance.md](assurance.md#coverage-what-was-ever-decided)). The "
        f"{found.records:,} cases beside the rules\ndecide {both} of {len(found.atoms)} both as true and as false. "
        "`precise rules coverage FILE…` counts a trial's own records.\n"
    )
    yield "| Rule | Atoms | Decided both ways | One way | Never |\n| --- | --- | --- | --- | --- |"
    for one in found.rules:
        yield f"| [{one.rule}](rules.md#{one.rule.lower()}) | {one.atoms} | {one.both} | {one.one} | {one.never} |"
    yield "\nAn atom of a definition counts with each rule that rests on it.\n\n## Atoms that no case decided one way\n"
    yield "| In | Atom | True | False | Unknown |\n| --- | --- | --- | --- | --- |"
    yield from (_atom(one) for one in found.atoms if one.missing)
    yield "\nHow many cases decided it so. Either what stands before such an atom decides, or a case is missing."


def _atom(one: Decided) -> str:
    text = " ".join(one.atom.text.split()).replace("|", "\\|")
    return f"| {one.atom.owner} | `{text}` | {one.true} | {one.false} | {one.unknown} |"


def pages() -> dict[str, str]:
    """The text of each page, by file name."""
    book = rulebook(bundled(), cache=False)
    found = coverage(book, given_by_cases(book, read_cases(bundled())))
    return {"coverage.md": "\n".join(coverage_page(found)) + "\n"}


if __name__ == "__main__":
    for name, text in pages().items():
        (HERE / name).write_text(text, encoding="utf-8")
