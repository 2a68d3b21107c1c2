"""How documents end: the log's signed checkpoint that they bear witness to, and who signs."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.reports.document import Facts, Paragraph, Section, Signatures, code

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.reports.case import Trial

_STATEMENT: Final = "I have read this report. Signing it confirms no candidate; decisions are recorded in the workbook."
_LINES: Final = ("Log", "Number of events", "Root", "Signature")


def closing(trial: Trial, *roles: str) -> Iterator[Section]:
    """The last sections; of simulated participants nobody signs.

    Args:
        trial: with a checkpoint, or without.
        roles: of those who sign.
    """
    if trial.checkpoint:
        lines = [one for one in trial.checkpoint.splitlines() if one]
        pairs = tuple((name, code(line)) for name, line in zip(_LINES, lines, strict=True))
        about = "Whoever keeps this document can hold the log against it: precise log verify --checkpoint."
        yield Section("checkpoint", "Signed checkpoint of the log", (Paragraph(about, "note"), Facts(pairs)))
    if not trial.is_simulated:
        yield Section("signatures", "Signatures", (Signatures(roles, _STATEMENT),))
