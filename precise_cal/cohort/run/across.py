"""What must hold among the participants of a cohort: the same questions as of any run, asked of its columns."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.cohort.extras import extra
from precise_cal.cohort.layout.tables import PARTICIPANTS, columns_of, layout, role_field
from precise_cal.engine.across import Across, Facts
from precise_cal.engine.judging.moments import span_of
from precise_cal.protocol.immutable import immutable
from precise_cal.protocol.scalars import read_instant

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.cohort.layout.dataset import Cohort
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.protocol.report import Notice
    from precise_cal.protocol.schema.tree import RecordSchema

_ROWS: Final = 50_000
_RECORDED: Final = "recorded"
"""The last name of a column that says whether a part is there."""


@immutable()
class AcrossRow:
    """A notice on the cohort, or on one of its participants."""

    notice: Notice
    site_id: str | None
    subject_id: str | None
    is_finding: bool

    def as_json(self) -> dict[str, str | None]:
        """The notice as JSON data."""
        one = self.notice
        return {
            "code": one.code,
            "rule": one.rule,
            "text": one.text,
            "site_id": self.site_id,
            "subject_id": self.subject_id,
        }


def across_cohort(cohort: Cohort, book: Rulebook) -> tuple[AcrossRow, ...]:
    """What does not hold among the participants, in their order, then what all of them together show."""
    across, columns = Across(book), _columns(book)
    found: list[AcrossRow] = []
    for row in _rows(cohort, sorted({one for one in columns.values() if one is not None})):
        facts = _facts({name: None if one is None else row[one] for name, one in columns.items()}, book)
        remarks = across.enter(facts, "")
        found += (AcrossRow(one.notice, facts.site_id, facts.subject_id, one.finding is not None) for one in remarks)
    return (*found, *(AcrossRow(one, None, None, is_finding=False) for one in across.close()))


def _columns(book: Rulebook) -> dict[str, str | None]:
    """By what is looked at, the column that holds it; None where the records have no such datum."""
    form, schema = book.across, book.schema
    names = {role: _column_of_role(schema, role) for role in ("participant", "site", "consented_at", "enrolled_at")}
    for index, one in enumerate(form.unique):
        names[f"unique {index}"] = _column(schema, one.field)
    names["count"] = _column(schema, form.counted) if form.counted else None
    names["log"] = _column(schema, form.log) if form.log else None
    if book.timeline.sites is None:
        names |= {"consented_at": None, "enrolled_at": None}
    return names


def _column_of_role(schema: RecordSchema, role: str) -> str | None:
    field = role_field(schema, role)
    return None if field is None else field.name


def _column(schema: RecordSchema, path: str) -> str | None:
    """The column of a field as recorded; of a part, the one that says whether it is there, if it can be absent."""
    names = tuple(path.split("."))
    table = layout(schema)
    for field in table.fields:
        if field.path == names:
            return columns_of(field, table.part)[0].name
    return next((field.name for field in table.fields if field.path == (*names, _RECORDED)), None)


def _rows(cohort: Cohort, columns: list[str]) -> Iterator[dict[str, Any]]:
    parquet = extra("pyarrow.parquet")
    for path in cohort.files(PARTICIPANTS, cohort.parts):
        with parquet.ParquetFile(path) as file:
            for batch in file.iter_batches(_ROWS, columns=columns):
                yield from batch.to_pylist()


def _facts(row: dict[str, Any], book: Rulebook) -> Facts:
    form = book.across
    unique = (row[f"unique {index}"] for index in range(len(form.unique)))
    counted = row["count"]
    return Facts(
        site_id=row["site"],
        subject_id=row["participant"],
        consented=_days(row["consented_at"], book),
        enrolled=_days(row["enrolled_at"], book),
        unique=tuple(None if one is None else str(one) for one in unique),
        counts=form.counted is not None and counted is not None and counted is not False,
        logged=row["log"],
    )


def _days(text: str | None, book: Rulebook) -> tuple[int, int] | None:
    return None if text is None else span_of(read_instant(text), book.utc_offset_minutes)[:2]
