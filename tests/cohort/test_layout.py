"""Records as tables, and back."""

from __future__ import annotations

import json
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest

from precise_cal.cohort.errors import CohortError
from precise_cal.cohort.layout.dataset import MANIFEST, open_cohort
from precise_cal.cohort.layout.exact import UnfitError, exact_quantity, instant_bounds
from precise_cal.cohort.layout.tables import layout, tables
from precise_cal.cohort.transfer.exporting import export_records
from precise_cal.engine.rulebook.load import records_of
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.scalars import read_instant
from precise_cal.rules import bundled

if TYPE_CHECKING:
    from collections.abc import Callable

    from precise_cal.cohort.layout.dataset import Cohort

SCHEMA = records_of(bundled()).schema
read_record = records_of(bundled()).read


def test_every_record_comes_back(sample: Any) -> None:
    back = {record.subject_id: record for record in map(read_record, export_records(sample.cohort))}
    assert back == {record.subject_id: record for record, _ in sample.records.values()}


def test_what_is_unknown_absent_and_empty_stays_apart(
    screening: dict[str, Any], import_lines: Callable[[list[bytes]], Cohort]
) -> None:
    named = {"randomization": {"number": "R1"}}
    variants = [{"lesions": None}, {"lesions": []}, {"randomization": None}, named, {"events": []}]
    given = [json.dumps({**screening, **one, "subject_id": str(n)}).encode() for n, one in enumerate(variants)]
    back = [json.loads(line) for line in export_records(import_lines(given))]
    assert "lesions" not in back[0]
    assert back[1]["lesions"] == []
    assert "randomization" not in back[2]
    assert back[3]["randomization"] == {"number": "R1"}
    assert back[4]["events"] == []


def test_recorded_digits_and_offsets_survive(
    complete: dict[str, Any], import_lines: Callable[[list[bytes]], Cohort]
) -> None:
    complete["lesions"][0]["reference_vessel_diameter"] = [{"value": "3.00", "unit": "mm", "method": "qca"}]
    complete["consent"]["signed_at"] = "2026-03-09T02:05Z"
    (line,) = export_records(import_lines([json.dumps(complete).encode()]))
    back = json.loads(line)
    assert back["lesions"][0]["reference_vessel_diameter"][0]["value"] == "3.00"
    assert back["consent"]["signed_at"] == "2026-03-09T02:05Z"


@pytest.mark.parametrize(
    ("value", "unit", "exact", "measure"),
    [
        ("2.24999999", "mm", "2.24999999", "mm"),
        ("0.224999999", "cm", "2.24999999", "mm"),
        ("2249.99", "um", "2.24999", "mm"),
        ("0.1", "[in_i]", "2.54", "mm"),
        ("0.170", "ng/mL", "170", "ng/L"),
        ("0.5", "1", "50", "%"),
    ],
)
def test_quantities_are_converted_exactly(value: str, unit: str, exact: str, measure: str) -> None:
    found = exact_quantity(Quantity(Decimal(value), unit))
    assert (found.value, found.unit) == (Decimal(exact), measure)


@pytest.mark.parametrize(("value", "unit"), [("2249.999999999", "um"), ("7", "[pH]"), ("1", "rad"), ("3", "s")])
def test_what_does_not_fit_is_refused_not_rounded(value: str, unit: str) -> None:
    with pytest.raises(UnfitError):
        exact_quantity(Quantity(Decimal(value), unit))


def test_an_instant_is_told_on_the_clock_of_the_study() -> None:
    assert instant_bounds(read_instant("2026-03-09T16:00:00Z"), 480) == instant_bounds(
        read_instant("2026-03-10T00:00:00+08:00"), 480
    )
    low, high = instant_bounds(read_instant("2026-03-10"), 480)
    assert high - low == 86_399_999


def test_placeholders_and_added_parts_come_back_as_they_were_read(
    screening: dict[str, Any], import_lines: Callable[[list[bytes]], Cohort]
) -> None:
    added = {
        "$schema": "urn:precise-cal:record:1.0",
        "consents": [{"signed_at": "2026-03-09T10:05:00+08:00", "form_version": "\u2014", "reason": "first"}],
        "sae": [{"event_id": "E1", "criteria": ["hospitalization", "impairment"], "device_related": False}],
        "last_contact": {"date": "2026-04", "vital_status": "alive"},
        "randomization": {"at": None, "arm": "unknown", "number": "N/A"},
    }
    (line,) = export_records(import_lines([json.dumps({**screening, **added}).encode()]))
    back = json.loads(line)
    assert back["consents"] == [{"signed_at": "2026-03-09T10:05:00+08:00", "reason": "first"}]
    assert back["sae"] == added["sae"]
    assert back["last_contact"] == added["last_contact"]
    assert not {"$schema", "randomization"} & set(back)


def test_a_cohort_of_an_older_layout_is_refused(
    screening: dict[str, Any], import_lines: Callable[[list[bytes]], Cohort]
) -> None:
    cohort = import_lines([json.dumps(screening).encode()])
    path = cohort.folder / MANIFEST
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), "schema_version": "1.0"}), "utf-8")
    with pytest.raises(CohortError, match=r"layout 1\.0; this program reads 1\.1: import the records anew"):
        open_cohort(cohort.folder, cohort.schema)


def test_names_of_columns_are_unique() -> None:
    for table in layout(SCHEMA).walk():
        names = [column.name for column in table.columns]
        assert len(set(names)) == len(names)
    assert list(tables(SCHEMA)) == [
        "participants", "consents", "lesions", "diameters", "modifications", "devices", "assessments", "qfr",
        "side_branches", "labs", "visits", "events", "sae",
    ]  # fmt: skip
