"""What a table of a map has to say of its rows: whose they are, which hold, and which correct others."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from precise_cal.exchange.cells import plain
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.exchange.form import FieldSource, LookUp, MapForm, SourceForm, TableForm

    Problem = tuple[tuple[str | int, ...], str]

_MUST_SAY: Final[Mapping[str, Mapping[str, tuple[str, ...]]]] = {
    "fhir": {
        "Condition": ("clinicalStatus.coding.code", "verificationStatus.coding.code"),
        "AllergyIntolerance": ("clinicalStatus.coding.code", "verificationStatus.coding.code"),
        "AdverseEvent": ("actuality",),
        **dict.fromkeys(("MedicationRequest", "ServiceRequest", "CarePlan"), ("status", "intent")),
        **dict.fromkeys(
            ("Consent", "DeviceUseStatement", "DiagnosticReport", "Encounter", "Immunization",
             "MedicationAdministration", "MedicationStatement", "Observation", "Procedure", "QuestionnaireResponse"),
            ("status",),
        ),
    },
    "hl7": {"": ("OBX-11",)},
}  # fmt: skip
"""Columns that say whether a row is true, final or in force: a table takes rows by them, or reads them."""
_CORRECTED: Final = {"hl7": ("OBX-11", ("C", "D", "W"))}
"""A column whose words say that a row corrects an earlier one, takes it back, or calls it wrong (HL7 table 0085)."""
_ALL: Final = "*"


def table_problems(table: TableForm, form: MapForm, fields: Mapping[str, FieldSource]) -> Iterator[Problem]:
    """What is wrong with a table, each with its place in it.

    Args:
        table: of the map.
        form: the map.
        fields: of the table, by their paths.
    """
    source = form.sources[table.source]
    for name in table.key:
        if name not in fields:
            yield (
                ("key",),
                message(
                    "{ $name } is no field of this table; it has { $fields }",
                    name=Verbatim(name),
                    fields=Verbatim(", ".join(sorted(fields))),
                ),
            )
    if table.key and not table.into:
        yield ("key",), "only items of a list have a key; participants are told apart by their number"
    for name in table.leave:
        if name not in table.take:
            yield ("leave", name), message("say also which rows to take by { $name }", name=Verbatim(name))
    if table.replaces and not table.key:
        yield ("replaces",), "says which rows correct an earlier one: key has to tell which one that is"
    yield from _unsaid(table, source, fields)
    yield from _uncorrected(table, source)
    if not isinstance(table.participant, str):
        yield from ((("participant",), text) for text in _number_problems(table.participant, source, form))


def _number_problems(number: LookUp, source: SourceForm, form: MapForm) -> Iterator[str]:
    if number.patient is not None and source.format != "fhir":
        yield "only resources of FHIR refer to a patient; name a column"
    ways = (number.join, number.patient, number.listed)
    if sum(one is not None for one in ways) != 1:
        yield (
            "needs one of join (what stands between the texts of columns), patient (of FHIR), or listed (the source"
            " that lists which participant has that number)"
        )
    if number.join is None and len(number.columns) > 1:
        yield "refers to a participant by one column"
    if number.others is not None and number.listed is None:
        yield "others is for numbers that are listed"
    if number.listed is not None:
        listed = form.sources.get(number.listed.source)
        if listed is None:
            yield message(
                "{ $source } is no source of this map; it has { $sources }",
                source=Verbatim(number.listed.source),
                sources=Verbatim(", ".join(form.sources)),
            )
        elif listed.items is not None:
            yield message(
                "the source { $source } is a long table, in which no row has both numbers",
                source=Verbatim(number.listed.source),
            )


def _unsaid(table: TableForm, source: SourceForm, fields: Mapping[str, FieldSource]) -> Iterator[Problem]:
    """Columns that say whether a row holds, and that the table does not look at."""
    read = set(map(plain, (*table.take, *(name for one in fields.values() for name in one.all_columns))))
    for kind, columns in _MUST_SAY.get(source.format, {}).items():
        if kind in table.kind or (not kind and any(name.startswith("OBX-") for name in read)):
            for column in columns:
                if column not in read:
                    yield (
                        (),
                        message(
                            "rows of { $value } say by { $column } whether they hold: take rows by it, or read it",
                            value=kind or "OBX",
                            column=Verbatim(column),
                        ),
                    )


def _uncorrected(table: TableForm, source: SourceForm) -> Iterator[Problem]:
    """Rows of a list that correct others, of which the table does not say so."""
    column, words = _CORRECTED.get(source.format, ("", ()))
    if not table.into or column not in table.take:
        return
    met = {*table.take[column], *table.leave.get(column, ())}
    left = [one for one in words if (one in met or _ALL in met) and one not in table.replaces.get(column, ())]
    if left:
        said = message("replaces: {{ $column }: [{ $left }]} and a key", column=Verbatim(column), left=", ".join(left))
        yield (
            (),
            message(
                "by { $column }, { $left } corrects or takes back an earlier result: say { $said }",
                column=Verbatim(column),
                left=", ".join(left),
                said=said,
            ),
        )
