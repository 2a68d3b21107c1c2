"""The slip: a decision as one plain page to print and to file, with nothing in it that acts."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from precise_cal.cli.gate_text import MEANING, decision_count, moment_text
from precise_cal.cli.printable import printable
from precise_cal.gate.findings import findings_of
from precise_cal.language.catalog import ENGLISH, message

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.gate import Answer, SignedDecision
    from precise_cal.language.catalog import Catalog

_CODES: Final = {"en": "en", "zh": "zh-CN"}
_SIMULATED: Final = "SIMULATED: nobody in this document exists"
_TEMPLATE: Final = Path(__file__).with_name("gate_slip.html")


def slip_html(
    answer: Answer, signed: SignedDecision, book: Rulebook, catalog: Catalog = ENGLISH, *, simulated: bool = False
) -> str:
    """The page of a recorded decision, in the language of a catalog; one on a simulated record says so."""
    from jinja2 import Environment, StrictUndefined

    environment = Environment(autoescape=True, undefined=StrictUndefined, trim_blocks=True, lstrip_blocks=True)
    environment.filters["printable"] = lambda value: printable(str(value))
    environment.filters["in"] = lambda text: printable(catalog(text))
    environment.globals |= {"say": lambda pattern, **values: printable(catalog(message(pattern, **values)))}
    environment.globals |= {"findings_of": findings_of, "decisions": decision_count, "lang": _CODES[catalog.language]}
    offset, decision = book.utc_offset_minutes, signed.decision
    deciding = [*decision.evaluation.blocking, *decision.evaluation.missing]
    rows: list[Any] = list(answer.evaluation.verdicts)
    return environment.from_string(_TEMPLATE.read_text(encoding="utf-8")).render(
        study=book.study.study,
        banner=_SIMULATED if simulated else "",
        decision=decision,
        queries=answer.evaluation.queries if decision.evaluation.missing else (),
        meaning=MEANING[decision.decision],
        verdicts=[row for row in rows if row["id"] in deciding],
        criteria=sum(row["kind"] != "gate" for row in rows),
        signed=signed,
        earlier=[(one.decision, moment_text(one.decision.decided_at, offset)) for one in answer.earlier],
        stood=answer.stood,
        decided_at=moment_text(decision.decided_at, offset),
        as_of=moment_text(decision.as_of, offset),
    )
