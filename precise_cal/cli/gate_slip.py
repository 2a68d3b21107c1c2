"""The slip: a decision as one plain page to print and to file, with nothing in it that acts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from precise_cal.cli.gate_text import MEANING, moment_text
from precise_cal.cli.printable import printable

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.gate import Answer, SignedDecision

_TEMPLATE: Final = Path(__file__).with_name("gate_slip.html")


def slip_html(answer: Answer, signed: SignedDecision, book: Rulebook) -> str:
    """The page of a recorded decision."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["printable"] = lambda value: printable(str(value))
    offset, decision = book.utc_offset_minutes, signed.decision
    deciding = [*decision.evaluation.blocking, *decision.evaluation.missing]
    rows: list[Any] = list(decision.evaluation.verdicts)
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        study=book.study.study,
        decision=decision,
        meaning=MEANING[decision.decision],
        verdicts=[row for row in rows if row["id"] in deciding],
        criteria=sum(row["kind"] != "gate" for row in rows),
        signed=signed,
        earlier=[(one.decision, moment_text(one.decision.decided_at, offset)) for one in answer.earlier],
        stood=answer.stood,
        decided_at=moment_text(decision.decided_at, offset),
        as_of=moment_text(decision.as_of, offset),
    )
