"""The files of a trial folder as they were read."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.deviation_form import DeviationFile
    from precise_cal.engine.rulebook.protocol_form import ProtocolFile, SiteFile
    from precise_cal.engine.rulebook.report_form import ReportFile
    from precise_cal.engine.rulebook.rule_form import RuleFile
    from precise_cal.engine.rulebook.schedule_form import ScheduleFile
    from precise_cal.engine.rulebook.yaml_source import YamlFile
    from precise_cal.protocol.schema.tree import RecordSchema


@dataclass(frozen=True, slots=True)
class Loaded:
    """The rule files of a folder, checked in form; their conditions are not yet compiled."""

    schema: RecordSchema
    """The form of the records."""
    record: YamlFile
    """Where ``record.yaml`` has its entries."""
    protocol: ProtocolFile
    rules: tuple[tuple[RuleFile, YamlFile], ...]
    source: YamlFile
    """Where ``protocol.yaml`` has its entries."""
    deviations: tuple[DeviationFile, YamlFile] | None
    """The taxonomy of deviations and its rules; None where the folder has none."""
    report: tuple[ReportFile, YamlFile] | None
    """What documents show; None where the folder leaves it to follow from the other files."""
    schedule: tuple[ScheduleFile, YamlFile] | None
    """The visits; None where the folder does not state them."""
    sites: tuple[SiteFile, YamlFile] | None
    """The sites; None where the folder says nothing of them."""
    sha256: str
    files: tuple[tuple[str, str], ...]
    """Name and SHA-256 of each file."""

    def has(self, name: str) -> bool:
        """Whether the folder itself has a file."""
        return any(name == one for one, _ in self.files)
