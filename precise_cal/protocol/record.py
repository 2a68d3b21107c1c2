"""The participant record (contract, section 1): what a site knows of one participant, at one moment.

Absent, ``null`` and ``"unknown"`` all mean unknown, and unknown is never *no*. Lists keep the order of the file, but no
rule may depend on it.
"""

from functools import cached_property
from typing import Annotated, Any, ClassVar, Final, Literal

from pydantic import Field, StrictBool, StrictInt

from precise_cal.protocol.part import (
    EMPTY_IS_UNKNOWN,
    KNOWN,
    Angle,
    FiltrationRate,
    Fraction,
    Length,
    Level,
    Part,
    Percentage,
    quantity_of,
)
from precise_cal.protocol.placeholders import PLACEHOLDER_IS_UNKNOWN
from precise_cal.protocol.quantity import Quantity
from precise_cal.protocol.scalars import Amount, Identifier, Instant, PartialDate, StatedText, Text, UnitCode

SCHEMA_VERSION = "1.0"

ARM: Final = ("randomization", "arm")
"""Where the allocated arm stands."""
REVEALING: Final = (ARM, ("randomization", "number"), ("lesions", "devices"), ("lesions", "assessments"))
"""What tells the allocation, and is left out of masked documents."""

Vessel = Literal["LM", "LAD", "LCX", "RCA", "DIAGONAL", "OM", "RAMUS", "PDA", "PLV", "GRAFT"]
DeviceArm = Literal["DCB", "DES"]
Timi = Annotated[StrictInt, Field(ge=0, le=3)]
Years = Annotated[StrictInt, Field(ge=0, le=130)]


def about(description: str) -> Any:
    """A field that may be unknown, with the words that a query uses to ask for it."""
    return Field(None, description=description)


class Demographics(Part):
    birth_date: PartialDate | None = about("the date of birth, or its year and month")
    age_at_consent: Years | None = about("completed years of age at consent, where the birth date may not be kept")
    sex: Literal["male", "female"] | None = about("the sex")


class Consent(Part):
    written: StrictBool | None = about("whether written informed consent was given")
    signed_at: Instant | None = about("when the consent form was signed, with the time of day")
    form_version: Text = about("the version of the consent form that was signed")
    form_version_in_force: Text = about("the version of the consent form that was in force then")
    signer: Literal["participant", "legal_representative"] | None = about("who signed the consent form")


class SignedConsent(Part):
    """A consent form that was signed: the first one, or one that a new version or new information asked for."""

    signed_at: Instant | None = about("when this consent form was signed")
    form_version: Text = about("the version of this consent form")
    signer: Literal["participant", "legal_representative"] | None = about("who signed this consent form")
    reason: Literal["first", "new_version", "new_information"] | None = about("why this consent form was signed")


class Presentation(Part):
    type: Literal["stemi", "nstemi", "unstable_angina", "chronic_coronary_syndrome", "silent_ischemia"] | None = about(
        "the clinical presentation that led to this admission"
    )
    stemi_onset: PartialDate | None = about("the date of the last ST-elevation infarction")


class Renal(Part):
    on_dialysis: StrictBool | None = about("whether the participant is on dialysis")
    dialysis_required: StrictBool | None = about("whether renal failure requires dialysis")
    dialysis_type: Literal["chronic", "temporary"] | None = about("whether the dialysis is chronic or temporary")
    egfr: FiltrationRate | None = about("the estimated glomerular filtration rate")


class History(Part):
    life_expectancy: Literal["less_than_one_year", "at_least_one_year"] | None = about("the estimated life expectancy")
    limiting_condition: StrictBool | None = about("whether another medical condition limits life expectancy")
    in_stent_restenosis_elsewhere: StrictBool | None = about(
        "whether a lesion that is no target is in-stent restenosis"
    )


class PlannedSurgery(Part):
    planned: StrictBool | None = about("whether surgery is planned")
    date: PartialDate | None = about("the date of the planned surgery")
    interferes_with_antiplatelet: StrictBool | None = about("whether the surgery would interrupt antiplatelet therapy")


class Antiplatelet(Part):
    dual_therapy_tolerated: StrictBool | None = about("whether dual antiplatelet therapy is tolerated")


class Investigator(Part):
    can_adhere_to_follow_up: StrictBool | None = about("whether the participant can adhere to the follow-up")
    participation_risky: StrictBool | None = about("whether the investigator deems participation risky")
    can_follow_protocol: StrictBool | None = about("whether the participant can follow the protocol")


class OtherTrial(Part):
    participating: StrictBool | None = about("whether the participant is in another clinical trial now")
    interventional: StrictBool | None = about("whether the other trial is interventional")
    coronary_device: StrictBool | None = about("whether the other trial tests a coronary interventional device")


class Angiography(Part):
    suitable_for_qfr: StrictBool | None = about("whether the angiogram is suitable for QFR analysis")
    unsuitable_reasons: tuple[Identifier, ...] | None = about("codes of the reasons why it is not suitable")


class Hospital(Part):
    admitted_at: Instant | None = about("when the participant was admitted")
    discharged_at: Instant | None = about("when the participant was discharged")


class Procedure(Part):
    started_at: Instant | None = about("when the index procedure began; its calendar date is day 0")
    ended_at: Instant | None = about("when the index procedure ended")


class Calcification(Part):
    cag_grade: Literal["none", "mild", "moderate", "severe"] | None = about("the calcification by coronary angiography")
    ivus_arc: Angle | None = about("the arc of calcium by intravascular ultrasound")


class ReferenceDiameter(Length):
    derived: ClassVar[dict[str, str]] = {"quantity": ""}

    method: Literal["qca", "ivus", "oct", "visual"] | None = about("how the diameter was measured")


class Modification(Part):
    type: Literal["RA", "IVL", "ELCA", "OA", "cutting_balloon", "scoring_balloon", "noncompliant_balloon"] | None = (
        about("the tool of the calcium modification")
    )
    started_at: Instant | None = about("when the modification began")
    ended_at: Instant | None = about("when the modification ended")
    completed: StrictBool | None = about("whether the device was delivered to the lesion and activated in it")


class Device(Part):
    type: Literal["DCB", "DES", "BMS", "other"] | None = about("the kind of device")
    role: Literal["allocated", "bailout", "crossover", "additional"] | None = about("why the device was used")
    at: Instant | None = about("when the device was inflated")
    reason: Text = about("the documented reason for the device")


class Assessment(Part):
    phase: Literal["baseline", "after_modification", "after_dcb", "after_des", "final"] | None = about(
        "the step of the procedure that the angiogram follows"
    )
    at: Instant | None = about("when the angiogram was taken")
    timi: Timi | None = about("the TIMI flow grade")
    dissection: Literal["none", "A", "B", "C", "D", "E", "F"] | None = about(
        "the NHLBI type of the dissection, or none"
    )


class Lesion(Part):
    lesion_id: Identifier = Field(description="what the site calls the lesion")
    vessel: Vessel | None = about("the vessel of the lesion")
    target: StrictBool | None = about("whether this is a target lesion")
    native_vessel: StrictBool | None = about("whether the vessel is native, no graft")
    de_novo: StrictBool | None = about("whether the lesion is de novo")
    in_stent: StrictBool | None = about("whether the lesion is in-stent restenosis")
    pci_indicated: StrictBool | None = about("whether the investigator attests an indication for intervention")
    diameter_stenosis: Percentage | None = about("the diameter stenosis")
    calcification: Annotated[Calcification, KNOWN] = Field(default_factory=Calcification)
    reference_vessel_diameter: tuple[ReferenceDiameter, ...] | None = about("the reference vessel diameter")
    modification: tuple[Modification, ...] | None = about("the steps of calcium modification")
    devices: tuple[Device, ...] | None = about("the devices used in the lesion")
    assessments: tuple[Assessment, ...] | None = about("flow and dissection at each step")


class AnalysisReference(Part):
    file: StatedText = Field(description="the file that holds the saved analysis")
    sha256: Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", description="the SHA-256 of that file")]


class QfrMeasurement(Part):
    vessel: Vessel | None = about("the vessel that was measured")
    phase: Literal["baseline", "post_modification", "post_device", "month_12"] | None = about(
        "the step that the measurement follows"
    )
    value: Fraction | None = about("the QFR of the vessel")
    reported_text: Text = about("the QFR as the analysis software printed it")
    acquired_at: Instant | None = about("when the angiogram was acquired")
    assessor: Literal["site", "core_lab"] | None = about("who analyzed the angiogram")
    analysis: Annotated[AnalysisReference | StatedText | None, PLACEHOLDER_IS_UNKNOWN] = about(
        "the analysis, when this toolkit computed the QFR"
    )


class Randomization(Part):
    at: Instant | None = about("when the participant was randomized")
    arm: DeviceArm | None = about("the allocated arm")
    number: Text = about("the randomization number")
    gate_decision_id: Text = about("the gate decision that the randomization rests on")


class SideBranch(Part):
    reference_diameter: Length | None = about("the reference diameter of the side branch")
    timi_pre: Timi | None = about("the TIMI flow grade of the side branch before the procedure")
    timi_final: Timi | None = about("the TIMI flow grade of the side branch at the end")


class Perforation(Part):
    ellis: Literal["none", "I", "II", "III", "IIICS", "IV", "V"] | None = about(
        "the Ellis type of a perforation, or none"
    )
    at: Instant | None = about("when the perforation was seen")


class NoReflow(Part):
    occurred: StrictBool | None = about("whether no-reflow or slow flow occurred")
    worst_timi: Timi | None = about("the worst TIMI flow grade")
    transient: StrictBool | None = about("whether the flow had recovered by the end of the procedure")


class Periprocedural(Part):
    side_branches: tuple[SideBranch, ...] | None = about("the side branches at risk")
    perforation: Annotated[Perforation, KNOWN] = Field(default_factory=Perforation)
    no_reflow: Annotated[NoReflow, KNOWN] = Field(default_factory=NoReflow)


class Lab(Part):
    derived: ClassVar[dict[str, str]] = {"quantity": ""}

    test: Literal["ctni", "ctnt", "ckmb_mass", "ckmb_activity"] | None = about("the cardiac marker")
    value: Annotated[Amount, Field(ge=0)] | None = about("the result, exactly as reported")
    comparator: Literal["<", ">"] | None = Field(
        None, description="whether the result is censored: below or above the value; null for a plain result"
    )
    unit: UnitCode | None = about("the unit of the result")
    uln: Level | None = about("the laboratory's own upper limit of normal for this assay")
    assay: Text = about("the name of the assay")
    collected_at: Instant | None = about("when the sample was taken")

    @cached_property
    def quantity(self) -> Quantity | None:
        """Value and unit together; None while either is unknown."""
        return quantity_of(self.value, self.unit)


class Visit(Part):
    visit: Literal["M1", "M6", "M12"] | None = about("which follow-up contact this is")
    status: Literal["done", "missed", "refused", "not_due"] | None = about("whether the contact took place")
    mode: Literal["telephone", "clinic", "angiography"] | None = about("how the contact took place")
    date: PartialDate | None = about("the date of the contact")


class Event(Part):
    event_id: Identifier | None = about("what the site calls the event")
    type: Literal["death", "mi", "stroke", "tlr", "tvr", "thrombosis"] | None = about("the kind of event")
    onset: Instant | None = about("when the event began")
    cause: Literal["cardiovascular", "non_cardiovascular", "undetermined"] | None = about("the cause of the death")
    fatal: StrictBool | None = about("whether the event was fatal")
    vessel: Vessel | None = about("the vessel of the event")
    lesion_id: Identifier | None = about("the lesion of the event")
    target_vessel: StrictBool | None = about("whether the event concerns the target vessel")
    certainty: Literal["definite", "probable", "possible"] | None = about("the certainty of the thrombosis")
    clinically_indicated: StrictBool | None = about("whether the revascularization was clinically indicated")
    protocol_angiography: StrictBool | None = about("whether the 12-month angiography of the protocol triggered it")
    adjudication: Literal["pending", "confirmed", "refuted"] | None = about("the state of the adjudication")


class SeriousAdverseEvent(Part):
    """A serious adverse event as it was reported to the sponsor (ISO 14155:2020, 3.45)."""

    event_id: Identifier | None = about("what the site calls the serious adverse event")
    onset: Instant | None = about("when the serious adverse event began")
    aware_at: Instant | None = about("when the site learned of the serious adverse event")
    reported_at: Instant | None = about("when the site reported the serious adverse event to the sponsor")
    criteria: (
        tuple[Literal["death", "life_threatening", "hospitalization", "impairment", "intervention"], ...] | None
    ) = about("the criteria by which the event is serious")
    device_related: StrictBool | None = about("whether the event is related to the device")


class LastContact(Part):
    date: PartialDate | None = about("the date on which the participant was last known to be as stated")
    vital_status: Literal["alive", "dead"] | None = about("whether the participant was alive at the last contact")


class Disposition(Part):
    status: Literal["screening", "on_study", "completed", "withdrawn", "lost_to_follow_up", "died"] | None = about(
        "where the participant stands in the study"
    )
    date: PartialDate | None = about("since when that is so")


class Record(Part):
    """One participant of the trial."""

    schema_version: Literal["1.0"] = Field(description="the version of this schema")
    study_id: Text = about("the registry number of the study")
    protocol_version: Text = about("the version of the protocol that the site works by")
    data_cutoff: Instant | None = about("the instant at which due and overdue are judged")
    site_id: Identifier | None = about("the site")
    subject_id: Identifier = Field(description="the participant's study number")
    demographics: Annotated[Demographics, KNOWN] = Field(default_factory=Demographics)
    consent: Annotated[Consent, KNOWN] = Field(default_factory=Consent)
    consents: tuple[SignedConsent, ...] | None = about("the consent forms signed in the course of the study")
    presentation: Annotated[Presentation, KNOWN] = Field(default_factory=Presentation)
    renal: Annotated[Renal, KNOWN] = Field(default_factory=Renal)
    history: Annotated[History, KNOWN] = Field(default_factory=History)
    planned_surgery: Annotated[PlannedSurgery, KNOWN] = Field(default_factory=PlannedSurgery)
    antiplatelet: Annotated[Antiplatelet, KNOWN] = Field(default_factory=Antiplatelet)
    investigator: Annotated[Investigator, KNOWN] = Field(default_factory=Investigator)
    other_trial: Annotated[OtherTrial, KNOWN] = Field(default_factory=OtherTrial)
    angiography: Annotated[Angiography, KNOWN] = Field(default_factory=Angiography)
    hospital: Annotated[Hospital, KNOWN] = Field(default_factory=Hospital)
    procedure: Annotated[Procedure, KNOWN] = Field(default_factory=Procedure)
    lesions: tuple[Lesion, ...] | None = about("the lesions")
    qfr_measurements: tuple[QfrMeasurement, ...] | None = about("the QFR measurements")
    randomization: Annotated[Randomization | None, EMPTY_IS_UNKNOWN] = Field(
        None, description="the allocation; null until randomized"
    )
    periprocedural: Annotated[Periprocedural, KNOWN] = Field(default_factory=Periprocedural)
    labs: tuple[Lab, ...] | None = about("the cardiac marker results")
    visits: tuple[Visit, ...] | None = about("the follow-up contacts")
    events: tuple[Event, ...] | None = about("the clinical events")
    sae: tuple[SeriousAdverseEvent, ...] | None = about("the serious adverse events")
    last_contact: Annotated[LastContact, KNOWN] = Field(default_factory=LastContact)
    disposition: Annotated[Disposition, KNOWN] = Field(default_factory=Disposition)
