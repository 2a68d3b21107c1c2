"""Datasets, variables and terms of SDTM, read from the tables beside this module when they are first asked for.

Names, labels, roles and cores are those of SDTMIG 3.4 (device domains: SDTMIG-MD 1.1), codes those of SDTM controlled
terminology 2025-03-28. Domains that no trial of this program has written yet are left out.
"""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Final, Literal

from precise_cal.protocol.immutable import immutable

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

Core = Literal["Req", "Exp", "Perm"]
GUIDES: Final[Mapping[str, tuple[str, str]]] = {
    "SDTMIG 3.4": ("SDTMIG", "3.4"),
    "SDTMIG-MD 1.1": ("SDTMIG-MD", "1.1"),
    "ADaMIG 1.3": ("ADaMIG", "1.3"),
}
"""Name and version of each implementation guide, as Define-XML writes them."""
TERMINOLOGY: Final = "2025-03-28"
"""The version of CDISC's SDTM terminology."""
_GENERAL: Final = ("INTERVENTIONS", "EVENTS", "FINDINGS")
_DEVICE: Final = "SPDEVID"


@immutable()
class StandardVariable:
    """A variable as the guide has it; `codelists` are the NCI codes of the lists that its values come from."""

    name: str
    label: str
    is_number: bool
    role: str
    core: Core
    codelists: tuple[str, ...]


@immutable()
class StandardDataset:
    """A dataset as the guide has it, with its variables in their order."""

    name: str
    kind: str
    """The class: EVENTS, FINDINGS, TRIAL DESIGN …"""
    label: str
    structure: str
    guide: str
    variables: tuple[StandardVariable, ...]
    names: tuple[str, ...]
    """The names of its variables, in their order."""

    @property
    def is_general(self) -> bool:
        """Whether it holds observations of participants: interventions, events, findings."""
        return self.kind in _GENERAL


@immutable()
class Codelist:
    """A list of terms with their NCI codes; an extensible one may have terms of the sponsor beside them."""

    code: str
    short: str
    name: str
    is_extensible: bool
    terms: Mapping[str, str]


@cache
def datasets() -> Mapping[str, StandardDataset]:
    """Every dataset by its name."""
    variables: dict[str, list[StandardVariable]] = {}
    for row in _rows("variables.csv"):
        core: Core = "Req" if row["core"] == "Req" else "Exp" if row["core"] == "Exp" else "Perm"
        one = StandardVariable(
            row["variable"], row["label"], row["type"] == "Num", row["role"], core, tuple(row["codelists"].split())
        )
        variables.setdefault(row["dataset"], []).append(one)
    found = {}
    for row in _rows("datasets.csv"):
        name, kind = row["dataset"], row["class"]
        several = _with_device(variables[name], kind)
        names = tuple(one.name for one in several)
        found[name] = StandardDataset(name, kind, row["label"], row["structure"], row["guide"], several, names)
    return found


def _with_device(variables: list[StandardVariable], kind: str) -> tuple[StandardVariable, ...]:
    """The model lets any observation name the device that it is about, after the participant."""
    if kind not in _GENERAL or any(one.name == _DEVICE for one in variables):
        return tuple(variables)
    place = [one.name for one in variables].index("USUBJID") + 1
    device = StandardVariable(_DEVICE, "Sponsor Device Identifier", False, "Identifier", "Perm", ())
    return (*variables[:place], device, *variables[place:])


@cache
def codelists() -> Mapping[str, Codelist]:
    """Every list of terms by its NCI code."""
    terms: dict[str, dict[str, str]] = {}
    for row in _rows("terms.csv"):
        terms.setdefault(row["codelist"], {})[row["term"]] = row["code"]
    return {
        row["codelist"]: Codelist(
            row["codelist"], row["short"], row["name"], row["extensible"] == "yes", terms[row["codelist"]]
        )
        for row in _rows("codelists.csv")
    }


@cache
def test_of(dataset: str, code: str) -> str | None:
    """The name of a test or parameter by its short name, for the two have one NCI code; None for a sponsor's own."""
    named = {one.name: one for one in datasets()[dataset].variables}
    short = next((one for name, one in named.items() if name.endswith(("TESTCD", "PARMCD"))), None)
    long = named.get(short.name[:-2]) if short else None
    for one, other in zip(short.codelists, long.codelists, strict=True) if short and long else ():
        concept = codelists()[one].terms.get(code)
        if concept is not None:
            return next((term for term, same in codelists()[other].terms.items() if same == concept), None)
    return None


def _rows(name: str) -> Iterator[dict[str, str]]:
    with (Path(__file__).parent / name).open(encoding="utf-8", newline="") as stream:
        yield from csv.DictReader(stream)
