"""The lists of terms that datasets use, for Define-XML: those of CDISC as far as they occur, and the sponsor's own."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import odmlib.define_2_1.model as model

from precise_cal.protocol.sdtm import codelists

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from precise_cal.protocol.sdtm import Codelist
    from precise_cal.reports.sdtm.dataset import Dataset, Variable

_DECODED: Final = {"IETESTCD": "IETEST", "ARMCD": "ARM", "ACTARMCD": "ACTARM", "ETCD": "ELEMENT", "VISITNUM": "VISIT"}
"""Codes of the sponsor whose meaning stands beside them."""
_CODE: Final = "nci:ExtCodeID"


class Lists:
    """Lists by what they hold: variables with the same terms of the same list share one."""

    def __init__(self, made: Mapping[str, Dataset]) -> None:
        self._made = made
        self._named: dict[tuple[str, tuple[str, ...]], tuple[str, dict[str, str]]] = {}

    def of(self, name: str, variable: Variable) -> str | None:
        """The identifier of a variable's list; none where it has none, or no value."""
        one = self._made.get(name)
        if one is None or not any(each.name == variable.name for each in one.variables):
            return None
        values = tuple(sorted({str(value) for value in one.column(variable.name) if value not in (None, "")}))
        if not values or not (variable.codelists or variable.name in _DECODED):
            return None
        listed = self._list(variable, values)
        key = (listed.code if listed else variable.name, values)
        if key not in self._named:
            base = f"CL.{listed.short if listed else variable.name}"
            number = sum(oid.split("#")[0] == base for oid, _ in self._named.values())
            self._named[key] = (f"{base}#{number + 1}" if number else base, _meanings(one, variable.name))
        return self._named[key][0].replace("#", ".")

    def _list(self, variable: Variable, values: tuple[str, ...]) -> Codelist | None:
        """Of several lists that a variable may use, the one with most of its terms."""
        known = [codelists()[code] for code in variable.codelists]
        return max(known, key=lambda one: sum(value in one.terms for value in values), default=None)

    def elements(self) -> Iterator[Any]:
        """The lists as Define-XML has them."""
        for (code, values), (oid, meanings) in self._named.items():
            listed = codelists().get(code)
            kind = "integer" if code == "VISITNUM" else "text"
            standard = {"StandardOID": "STD.CT"} if listed else {"IsNonStandard": "Yes"}
            name = listed.name if listed else f"Codes of {code}"
            suffix = oid.partition("#")[2]
            one = model.CodeList(
                OID=oid.replace("#", "."), Name=f"{name} ({suffix})" if suffix else name, DataType=kind, **standard
            )
            for value in values:
                if meanings:
                    one.CodeListItem.append(_decoded(value, meanings.get(value, value), listed))
                else:
                    one.EnumeratedItem.append(model.EnumeratedItem(CodedValue=value, **_extended(value, listed)))
                    if listed and value in listed.terms:
                        one.EnumeratedItem[-1].Alias = [model.Alias(Context=_CODE, Name=listed.terms[value])]
            if listed:
                one.Alias = [model.Alias(Context=_CODE, Name=listed.code)]
            yield one


def _decoded(value: str, meaning: str, listed: Codelist | None) -> Any:
    item = model.CodeListItem(CodedValue=value, **_extended(value, listed))
    item.Decode = model.Decode(TranslatedText=[model.TranslatedText(_content=meaning, lang="en")])
    if listed and value in listed.terms:
        item.Alias = [model.Alias(Context=_CODE, Name=listed.terms[value])]
    return item


def _extended(value: str, listed: Codelist | None) -> dict[str, str]:
    return {"ExtendedValue": "Yes"} if listed and value not in listed.terms else {}


def _meanings(one: Dataset, name: str) -> dict[str, str]:
    other = _DECODED.get(name) or (name.removesuffix("CD") if name.endswith(("TESTCD", "PARMCD")) else "")
    if not other or not any(variable.name == other for variable in one.variables):
        return {}
    return {str(row[name]): str(row[other]) for row in one.records}
