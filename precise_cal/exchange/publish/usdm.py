"""USDM v4 (CDISC/TransCelerate DDF): the study design with its criteria; clause as text, condition as an extension."""

from __future__ import annotations

import itertools
from collections import Counter
from typing import TYPE_CHECKING, Any, Final

from precise_cal.exchange.publish.criteria import EXCLUSION, criteria_of
from precise_cal.protocol.sdtm import TERMINOLOGY, codelists
from precise_cal.version import __version__

if TYPE_CHECKING:
    from precise_cal.engine.rulebook.rulebook import Rulebook
    from precise_cal.exchange.publish.criteria import Criterion

CONDITION: Final = "urn:precise-cal:usdm:condition-cql"
RESTS_ON: Final = "urn:precise-cal:usdm:rests-on"
_SYSTEM: Final = "http://www.cdisc.org"
_INCLUSION = ("C25532", "Inclusion Criteria")
_EXCLUSION = ("C25370", "Exclusion Criteria")
_EPOCHS: Final = (("SCREENING", "C202487", "Screening Epoch"), ("TREATMENT", "C101526", "Treatment Epoch"))
_FOLLOW_UP: Final = ("FOLLOW-UP", "C202578", "Follow-Up Epoch")
_LISTS: Final = {"INTMODEL": "C99076", "STYPE": "C99077", "TBLIND": "C66735", "TINDTP": "C66736", "TPHASE": "C66737"}


def as_usdm(book: Rulebook) -> dict[str, Any]:
    """The study in the wrapper that USDM's API has."""
    return {
        "study": _Writer(book).study(),
        "usdmVersion": "4.0",
        "systemName": "precise-cal",
        "systemVersion": __version__,
    }


class _Writer:
    """Makes objects, each with an identifier of its own."""

    def __init__(self, book: Rulebook) -> None:
        self._book = book
        self._made: Counter[str] = Counter()
        self._stated: dict[str, list[str]] = {}
        for one in book.reporting.file.summary:
            self._stated.setdefault(one.code, []).append(one.value)

    def object(self, kind: str, **fields: Any) -> dict[str, Any]:
        self._made[kind] += 1
        return {"id": f"{kind}_{self._made[kind]}", **fields, "instanceType": kind}

    def code(self, code: str, decode: str) -> dict[str, Any]:
        return self.object("Code", code=code, codeSystem=_SYSTEM, codeSystemVersion=TERMINOLOGY, decode=decode)

    def alias(self, code: str, decode: str) -> dict[str, Any]:
        return self.object("AliasCode", standardCode=self.code(code, decode), standardCodeAliases=[])

    def stated(self, parameter: str) -> list[tuple[str, str]]:
        """What the trial states of itself, with the codes of CDISC; what has none is left out."""
        terms = codelists()[_LISTS[parameter]].terms
        return [(terms[value], value) for value in self._stated.get(parameter, ()) if value in terms]

    def study(self) -> dict[str, Any]:
        about = self._book.study.study
        sponsor = self.object(
            "Organization",
            name=about.sponsor,
            label=about.sponsor,
            type=self.code("C70793", "Clinical Study Sponsor"),
            identifierScheme="name",
            identifier=about.sponsor,
        )
        registry = self.object(
            "Organization",
            name="ClinicalTrials.gov",
            label="ClinicalTrials.gov",
            type=self.code("C93453", "Study Registry"),
            identifierScheme="name",
            identifier="CT-GOV",
        )
        criteria = criteria_of(self._book)
        items = [
            self.object("EligibilityCriterionItem", name=one.id, label=one.title, text=one.quote) for one in criteria
        ]
        version = self.object(
            "StudyVersion",
            versionIdentifier=about.version,
            rationale=about.source,
            studyIdentifiers=[self.object("StudyIdentifier", text=about.id, scopeId=registry["id"])],
            titles=[
                self.object("StudyTitle", text=about.title, type=self.code("C207616", "Official Study Title")),
                self.object("StudyTitle", text=about.short_title, type=self.code("C207615", "Brief Study Title")),
            ],
            organizations=[sponsor, registry],
            roles=[
                self.object(
                    "StudyRole",
                    name="sponsor",
                    code=self.code("C70793", "Sponsor"),
                    appliesToIds=[],
                    organizationIds=[sponsor["id"]],
                )
            ],
            eligibilityCriterionItems=items,
            studyDesigns=[self.design(criteria, items)],
        )
        version["roles"][0]["appliesToIds"] = [version["id"]]
        return {
            "id": None,
            "name": about.short_title,
            "description": about.title,
            "label": about.short_title,
            "versions": [version],
            "documentedBy": [],
            "instanceType": "Study",
        }

    def design(self, criteria: tuple[Criterion, ...], items: list[dict[str, Any]]) -> dict[str, Any]:
        made = [self.criterion(one, item) for one, item in zip(criteria, items, strict=True)]
        for before, after in itertools.pairwise(made):
            before["nextId"], after["previousId"] = after["id"], before["id"]
        arms = [self.arm(one.title, one.quote) for one in self._book.study.arms] or [self.arm("Study treatment", "")]
        epochs, elements, cells = self.plan(arms)
        population = self.object(
            "StudyDesignPopulation",
            name="POP1",
            label="Eligible participants",
            description="Everybody who meets the criteria",
            includesHealthySubjects="Y" in self._stated.get("HLTSUBJI", ()),
            criterionIds=[one["id"] for one in made],
        )
        model = next(iter(self.stated("INTMODEL")), ("C82640", "SINGLE GROUP"))
        design = self.object(
            "InterventionalStudyDesign",
            name="SD1",
            label=self._book.study.study.short_title,
            description=self._book.study.study.title,
            rationale=self._book.study.study.source,
            model=self.code(*model),
            intentTypes=[self.code(*one) for one in self.stated("TINDTP")],
            arms=arms,
            epochs=epochs,
            elements=elements,
            studyCells=cells,
            population=population,
            eligibilityCriteria=made,
        )
        for name, parameter, make in (
            ("studyType", "STYPE", self.code),
            ("studyPhase", "TPHASE", self.alias),
            ("blindingSchema", "TBLIND", self.alias),
        ):
            found = self.stated(parameter)
            if found:
                design[name] = make(*found[0])
        return design

    def criterion(self, one: Criterion, item: dict[str, Any]) -> dict[str, Any]:
        rests = [self.object("ExtensionAttribute", url=RESTS_ON, valueString=text) for text in one.parameters]
        condition = self.object("ExtensionAttribute", url=CONDITION, valueString=one.condition)
        return self.object(
            "EligibilityCriterion",
            extensionAttributes=[condition, *rests],
            name=one.id,
            label=one.title,
            description="; ".join(one.notes),
            category=self.code(*(_EXCLUSION if one.kind == EXCLUSION else _INCLUSION)),
            identifier=one.id,
            criterionItemId=item["id"],
            nextId=None,
            previousId=None,
        )

    def arm(self, title: str, quote: str) -> dict[str, Any]:
        comparator = "comparator" in quote.lower()
        kind = ("C174267", "Active Comparator Arm") if comparator else ("C174266", "Investigational Arm")
        return self.object(
            "StudyArm",
            name=title,
            label=title,
            description=quote or title,
            type=self.code(*kind),
            dataOriginDescription="Data collected from participants",
            dataOriginType=self.code("C188866", "Data Generated Within Study"),
            populationIds=[],
        )

    def plan(self, arms: list[dict[str, Any]]) -> tuple[list[Any], list[Any], list[Any]]:
        """Epochs, elements and the cells where an arm meets an epoch; an arm has an element of its own in treatment."""
        ends = self._book.reporting.file.facts.treatment_ended_at is not None
        named = (*_EPOCHS, _FOLLOW_UP) if ends else _EPOCHS
        epochs = [
            self.object(
                "StudyEpoch", name=name, label=decode, type=self.code(code, decode), previousId=None, nextId=None
            )
            for name, code, decode in named
        ]
        for before, after in itertools.pairwise(epochs):
            before["nextId"], after["previousId"] = after["id"], before["id"]
        elements, cells = [], []
        for place, epoch in enumerate(epochs):
            shared = self.object("StudyElement", name=epoch["name"], label=epoch["label"]) if place != 1 else None
            elements += [shared] if shared else []
            for arm in arms:
                element = shared or self.object(
                    "StudyElement", name=f"{epoch['name']} {arm['name']}", label=arm["name"]
                )
                elements += [] if shared else [element]
                cell = {"armId": arm["id"], "epochId": epoch["id"], "elementIds": [element["id"]]}
                cells.append(self.object("StudyCell", **cell))
        return epochs, elements, cells
