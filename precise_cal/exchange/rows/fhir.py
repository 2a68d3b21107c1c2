"""Resources of FHIR R4 as rows: a bundle, a list, or one resource a line. The columns are the paths of their values.

``code.coding.code`` is every code of the resource; ``code.coding[http://loinc.org].code`` that of one system: in
brackets stands the ``system``, ``url``, ``use`` or ``linkId`` of the entry. A column with several values is narrowed.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from precise_cal.exchange.cells import Cell, Place, Row
from precise_cal.exchange.errors import ExchangeError
from precise_cal.exchange.rows.json_files import text_of
from precise_cal.exchange.rows.json_stream import has_lines, json_parts, parsed_lines
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from precise_cal.exchange.form import SourceForm

_TELLING: Final = ("system", "url", "use", "linkId")
REFERENCE: Final = "@reference"
"""The column by which others refer to the resource: its type and id, or the full URL in a bundle."""


def read_fhir(path: Path, source: SourceForm) -> Iterator[Row]:
    """The resources of a file. Raises: ExchangeError."""
    del source
    for number, (url, resource) in enumerate(_resources(path), 1):
        if not isinstance(resource, dict) or "resourceType" not in resource:
            raise ExchangeError(
                message(
                    "{ $name }: entry { $number } is no resource of FHIR: it has no resourceType",
                    name=Verbatim(path.name),
                    number=number,
                )
            )
        kind = str(resource["resourceType"])
        identity = f"{kind}/{resource['id']}" if "id" in resource else url
        yield Row(number, _cells(resource, url, Place(path.name, kind, number, "")), kind, identity)


def _resources(path: Path) -> Iterator[tuple[str, Any]]:
    """The full URL of each resource, where it has one, and the resource."""
    if has_lines(path):
        yield from (("", one) for one in parsed_lines(path))
    elif next((one for name, one in json_parts(path, "entry") if name == "resourceType"), "") == "Bundle":
        for name, entry in json_parts(path, "entry"):
            if name == "entry":
                yield _of_entry(path, entry) if isinstance(entry, dict) else ("", None)
    else:
        yield from _no_bundle(path)


def _of_entry(path: Path, entry: dict[str, Any]) -> tuple[str, Any]:
    url, request = str(entry.get("fullUrl", "")), entry.get("request")
    if isinstance(request, dict) and request.get("method") == "DELETE":
        what = url or str(request.get("url", ""))
        text = "{ $name }: { $what } is deleted by its entry; take it and its versions out of the bundle"
        raise ExchangeError(message(text, name=Verbatim(path.name), what=Verbatim(what)))
    return url, entry.get("resource")


def _no_bundle(path: Path) -> Iterator[tuple[str, Any]]:
    """A list of resources, or a single one."""
    single = {}
    for name, value in json_parts(path):
        if name:
            single[name] = value
        else:
            yield "", value
    if single:
        yield "", single


def _cells(resource: dict[str, Any], url: str, place: Place) -> dict[str, Cell]:
    values: dict[str, list[str]] = {}
    for name, raw in _values(resource, ("",)):
        values.setdefault(name, []).append(raw)
    reference = f"{resource['resourceType']}/{resource.get('id', '')}"
    values[REFERENCE] = [url or reference]
    return {name: _cell(raws, Place(place.file, place.sheet, place.row, name)) for name, raws in values.items()}


def _cell(raws: list[str], place: Place) -> Cell:
    if len(set(raws)) == 1:
        return Cell(raws[0], place)
    return Cell(
        " | ".join(raws),
        place,
        problem=message("holds { $count } values; name one by [its system] in the map", count=len(raws)),
    )


def _values(value: Any, names: tuple[str, ...]) -> Iterator[tuple[str, str]]:
    """Every value with each of its names."""
    if isinstance(value, dict):
        for key, inner in value.items():
            yield from _values(inner, tuple(f"{name}.{key}" if name else key for name in names))
    elif isinstance(value, list):
        for inner in value:
            telling = [str(inner[one]) for one in _TELLING if one in inner] if isinstance(inner, dict) else []
            yield from _values(inner, (*names, *(f"{name}[{one}]" for name in names for one in telling)))
    else:
        yield from ((name, text_of(value)) for name in names)
