"""What a run of ``precise check`` shows: a choice, the differences from an earlier report, or counts alone."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from precise_cal.engine.tally import Overview
from precise_cal.protocol.selection import Selection, has_findings

if TYPE_CHECKING:
    from precise_cal.protocol.report import Subject
    from precise_cal.protocol.since import Change, Earlier


@dataclass(slots=True)
class View:
    """What is shown, and the counts of it.

    Args:
        selection: of rules, sites and kinds.
        earlier: the report that findings are compared with.
        is_summary: whether counts alone are shown.
    """

    selection: Selection = field(default_factory=Selection)
    earlier: Earlier | None = None
    is_summary: bool = False
    overview: Overview = field(default_factory=Overview)

    def of(self, subject: Subject) -> tuple[Subject, tuple[Change, ...] | None] | None:
        """What is shown of a participant; None where nothing is."""
        changes = None if self.earlier is None else self.selection.of_changes(self.earlier.changes(subject))
        shown = self.selection.of(subject)
        if shown is None or (self.selection.is_of_findings and not has_findings(shown) and not changes):
            return None
        self.overview.add(shown)
        self.overview.changes.update(one.kind for one in changes or ())
        return None if self.is_summary else (shown, changes)

    @property
    def gone(self) -> tuple[str, ...]:
        """The participants of the earlier report who were not met again."""
        return self.earlier.gone(self.selection.sites) if self.earlier else ()

    def as_json(self) -> dict[str, Any]:
        """What stands beside the counts of all participants, where anything was chosen."""
        found: dict[str, Any] = {}
        if not self.selection.is_everything or self.is_summary:
            found["shown"] = {"subjects": self.overview.subjects, **self.overview.as_json()}
        if self.earlier is not None:
            counts = {kind: self.overview.changes[kind] for kind in ("new", "gone", "changed")}
            found["since"] = {"generated_at": self.earlier.generated_at, **counts, "subjects_gone": list(self.gone)}
        return found
