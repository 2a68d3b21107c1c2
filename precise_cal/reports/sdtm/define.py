"""Define-XML 2.1: what every dataset and variable is, where it comes from, and which terms it holds."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

import odmlib.define_2_1.model as model

from precise_cal.protocol.sdtm import GUIDES, TERMINOLOGY
from precise_cal.reports.sdtm.dataset import DATE_FORMAT
from precise_cal.reports.sdtm.define_lists import Lists
from precise_cal.reports.sdtm.text import LABEL, ascii_text

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence

    from precise_cal.reports.case import Trial
    from precise_cal.reports.sdtm.dataset import Dataset, Value, Variable

_SOURCES: Final = {"Collected": "Investigator", "Derived": "Sponsor", "Assigned": "Sponsor", "Protocol": "Sponsor"}
_ANALYSIS: Final = "ADaMIG"
_BY_VALUE: Final = {"QVAL": "QNAM", "ORRES": "TESTCD"}
"""Variables whose meaning depends on the value of another, by the ends of their names."""
_DATE: Final = 10
_CQL: Final = "HL7 CQL"


def as_define(trial: Trial, made: Mapping[str, Dataset], whole: Mapping[str, Dataset]) -> bytes:
    """The description of the datasets of a study.

    Args:
        trial: the trial.
        made: the datasets as the transport files have them.
        whole: the same before long values were parted; terms and texts are told from them.
    """
    lists = Lists(whole)
    version = model.MetaDataVersion(
        OID=f"MDV.{trial.study.id}",
        Name=f"{trial.study.short_title}, {trial.study.version}",
        Description=f"Data of {trial.study.title}",
        DefineVersion="2.1.7",
    )
    version.Standards = model.Standards()
    version.Standards.Standard = list(_standards(made.values()))
    for one in made.values():
        version.ItemGroupDef.append(_group(one))
        version.ItemDef += [_item(one, variable, lists) for variable in one.variables]
        version.MethodDef += list(_methods(one))
        version.CommentDef += list(_comments(one))
        _add_values(version, one)
    if "TI" in whole:
        version.MethodDef += list(_criteria(whole["TI"]))
    version.CodeList = list(lists.elements())
    return _document(trial, version)


def _document(trial: Trial, version: Any) -> bytes:
    study = model.Study(OID=f"ST.{trial.study.id}")
    study.GlobalVariables = model.GlobalVariables()
    study.GlobalVariables.StudyName = model.StudyName(_content=trial.study.short_title)
    study.GlobalVariables.StudyDescription = model.StudyDescription(_content=trial.study.title)
    study.GlobalVariables.ProtocolName = model.ProtocolName(_content=trial.study.id)
    study.MetaDataVersion = version
    root = model.ODM(
        FileOID=f"define.{trial.study.id}.{trial.protocol.sha256[:12]}",
        AsOfDateTime=trial.generated_at,
        CreationDateTime=trial.generated_at,
        ODMVersion="1.3.2",
        FileType="Snapshot",
        Originator=trial.study.sponsor,
        SourceSystem=trial.software.name,
        SourceSystemVersion=trial.software.version,
        Context="Submission",
    )
    root.Study = study
    text: str = root.to_xml_string()
    return f'<?xml version="1.0" encoding="UTF-8"?>\n{text}\n'.encode()


def _described(text: str) -> Any:
    return model.Description(TranslatedText=[model.TranslatedText(_content=text, lang="en")])


def _standards(made: Sequence[Dataset] | Any) -> Iterator[Any]:
    for guide in dict.fromkeys(one.guide for one in made):
        name, version = GUIDES[guide]
        yield model.Standard(OID=f"STD.{name}", Name=name, Type="IG", Version=version, Status="Final")
    yield model.Standard(
        OID="STD.CT", Name="CDISC/NCI", Type="CT", PublishingSet="SDTM", Version=TERMINOLOGY, Status="Final"
    )


def _group(one: Dataset) -> Any:
    analysis = GUIDES[one.guide][0] == _ANALYSIS
    group = model.ItemGroupDef(
        OID=f"IG.{one.name}",
        Name=one.name,
        Repeating="No" if one.name in ("DM", "ADSL") else "Yes",
        IsReferenceData="No" if any(variable.name == "USUBJID" for variable in one.variables) else "Yes",
        SASDatasetName=one.name,
        **({} if analysis else {"Domain": one.name.removeprefix("SUPP")}),
        Purpose="Analysis" if analysis else "Tabulation",
        Structure=one.structure,
        ArchiveLocationID=f"LF.{one.name}",
        StandardOID=f"STD.{GUIDES[one.guide][0]}",
        Description=_described(one.label),
    )
    group.Class = model.Class(Name=one.kind)
    group.ItemRef = [_reference(one, variable, place) for place, variable in enumerate(one.variables, start=1)]
    href = f"{one.name.lower()}.xpt"
    group.leaf = model.leaf(ID=f"LF.{one.name}", href=href, title=model.title(_content=href))
    return group


def _reference(one: Dataset, variable: Variable, place: int) -> Any:
    optional: dict[str, Any] = {"Role": variable.role} if variable.role else {}
    if variable.key:
        optional["KeySequence"] = variable.key
    if variable.note.origin == "Derived":
        optional["MethodOID"] = _oid("MT", one, variable)
    if all(value in (None, "") for value in one.column(variable.name)):
        optional["HasNoData"] = "Yes"
    return model.ItemRef(
        ItemOID=_oid("IT", one, variable),
        OrderNumber=place,
        Mandatory="Yes" if variable.core == "Req" else "No",
        **optional,
    )


def _oid(kind: str, one: Dataset, variable: Variable) -> str:
    return f"{kind}.{one.name}.{variable.name}"


def _item(one: Dataset, variable: Variable, lists: Lists) -> Any:
    values = one.column(variable.name)
    kind = "integer" if variable.type == "date" else _type(variable, values)
    optional: dict[str, Any] = {}
    if kind in ("text", "integer", "float"):
        optional["Length"] = _length(values) if kind == "text" else 8
    if kind == "float":
        optional["SignificantDigits"] = _digits(values)
    if variable.type == "date":
        optional["DisplayFormat"] = DATE_FORMAT
    if _comment(variable):
        optional["CommentOID"] = _oid("COM", one, variable)
    item = model.ItemDef(
        OID=_oid("IT", one, variable),
        Name=variable.name,
        DataType=kind,
        SASFieldName=variable.name,
        Description=_described(variable.label[:LABEL]),
        **optional,
    )
    named = lists.of(one.name, variable)
    if named:
        item.CodeListRef = model.CodeListRef(CodeListOID=named)
    item.Origin = [_origin(variable)]
    if _other(one, variable) is not None:
        item.ValueListRef = model.ValueListRef(ValueListOID=_oid("VL", one, variable))
    return item


def _origin(variable: Variable) -> Any:
    note = variable.note
    if note.origin == "Predecessor":
        return model.Origin(Type=note.origin, Description=_described(note.derivation))
    return model.Origin(Type=note.origin, Source=_SOURCES[note.origin])


def _type(variable: Variable, values: Sequence[Value]) -> str:
    if variable.type != "text" or not variable.name.endswith("DTC") or variable.name.startswith("TS"):
        return variable.type
    lengths = {len(str(value)) for value in values if value}
    if not lengths or lengths == {_DATE}:
        return "date"
    if max(lengths) <= _DATE:
        return "partialDate"
    return "datetime" if min(lengths) > _DATE else "partialDatetime"


def _length(values: Sequence[Value]) -> int:
    return max([1, *(len(ascii_text(str(value))) for value in values)])


def _digits(values: Sequence[Value]) -> int:
    return max([0, *(len(str(value).partition(".")[2]) for value in values if value is not None)])


def _comment(variable: Variable) -> str:
    """What is said of a variable beside its derivation: where in a record it stands, what is special about it."""
    note = variable.note
    stands = "; ".join(note.expressions)
    told = f"{note.derivation} ({_CQL}): {stands}" if note.expressions else ""
    return ". ".join(part for part in (note.comment, told) if part)


def _comments(one: Dataset) -> Iterator[Any]:
    for variable in one.variables:
        if _comment(variable):
            yield model.CommentDef(OID=_oid("COM", one, variable), Description=_described(_comment(variable)))


def _methods(one: Dataset) -> Iterator[Any]:
    for variable in one.variables:
        if variable.note.origin == "Derived":
            yield model.MethodDef(
                OID=_oid("MT", one, variable),
                Name=f"{one.name}.{variable.name}",
                Type="Computation",
                Description=_described(variable.note.derivation),
            )


def _criteria(ti: Dataset) -> Iterator[Any]:
    """The condition of every criterion: transport files hold no more than 200 characters of it."""
    for row in ti.records:
        name = f"{row['IETESTCD']} {row['TIVERS']}"
        yield model.MethodDef(
            OID=f"MT.TIRL.{row['IETESTCD']}.{row['TIVERS']}",
            Name=f"TIRL of {name}",
            Type="Computation",
            Description=_described(str(row["IETEST"])),
            FormalExpression=[model.FormalExpression(Context=_CQL, _content=str(row["TIRL"]))],
        )


def _other(one: Dataset, variable: Variable) -> str | None:
    """The variable whose value says what a value of this one means."""
    stem = variable.name.removeprefix(one.name)
    other = _BY_VALUE.get(stem)
    if other is None:
        return None
    return other if stem == variable.name else f"{one.name}{other}"


def _add_values(version: Any, one: Dataset) -> None:
    """What values mean for each test or qualifier."""
    for variable in one.variables:
        other = _other(one, variable)
        if other is None:
            continue
        codes = list(dict.fromkeys(str(row[other]) for row in one.records))
        several = model.ValueListDef(OID=_oid("VL", one, variable))
        for place, code in enumerate(codes, start=1):
            oid = f"{_oid('IT', one, variable)}.{code}"
            values = [row[variable.name] for row in one.records if row[other] == code]
            where = f"WC.{one.name}.{variable.name}.{code}"
            reference = model.ItemRef(ItemOID=oid, OrderNumber=place, Mandatory="No")
            reference.WhereClauseRef = [model.WhereClauseRef(WhereClauseOID=where)]
            several.ItemRef.append(reference)
            check = model.RangeCheck(Comparator="EQ", SoftHard="Soft", ItemOID=f"IT.{one.name}.{other}")
            check.CheckValue = [model.CheckValue(_content=code)]
            version.WhereClauseDef.append(model.WhereClauseDef(OID=where, RangeCheck=[check]))
            item = model.ItemDef(OID=oid, Name=code, DataType="text", Length=_length(values), SASFieldName=code[:8])
            item.Description = _described(_meaning(one, other, code))
            item.Origin = [_origin(variable)]
            version.ItemDef.append(item)
        version.ValueListDef.append(several)


def _meaning(one: Dataset, other: str, code: str) -> str:
    name = "QLABEL" if other == "QNAM" else other.removesuffix("CD")
    return next(str(row[name]) for row in one.records if row[other] == code)
