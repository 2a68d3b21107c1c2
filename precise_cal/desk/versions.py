"""Versions of the protocol: in force at a site from the day for which two persons put it in force, by the log.

What the trial's folder says of days before the desk began is history, and counts. What it says of later days is a plan:
a version comes into force when the sponsor has released it for a site and an investigator of that site has signed as
well, from the beginning of a later day on the study's calendar.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import TYPE_CHECKING, Any, Final

from precise_cal.desk.errors import DeskError
from precise_cal.desk.models import Event
from precise_cal.desk.store.log import add, told, writing
from precise_cal.desk.store.scope import whole
from precise_cal.desk.trial import Held, Trial
from precise_cal.engine.rulebook.timeline import Site
from precise_cal.gate.canonical import canonical, sha256, thaw
from precise_cal.language.catalog import message

if TYPE_CHECKING:
    from collections.abc import Sequence

    from precise_cal.desk.store.log import Actor
    from precise_cal.engine.rulebook.timeline import Timeline
    from precise_cal.gate.canonical import Json

MEANINGS: Final = (
    "I release this version of the protocol for the site: its approvals are there",
    "I put this version of the protocol in force at my site",
)
"""What the two signatures stand for."""
_TYPES: Final = ("version.released", "version.revoked", "version.activated")


@dataclass(frozen=True, slots=True)
class Release:
    """A version that is to come into force at a site."""

    site: str
    version: str
    day: date
    approval: str
    """Which ethics committee approved it, when, under which number."""
    rules_sha256: str
    """Of the rule files by which it was released."""

    def content(self) -> dict[str, Json]:
        """What is signed, and stands in the log."""
        return {"site": self.site, "version": self.version, "day": str(self.day), "approval": self.approval,
                "rules_sha256": self.rules_sha256}  # fmt: skip

    @property
    def sha256(self) -> str:
        """The digest of what is signed."""
        return sha256(canonical(self.content()))


@dataclass(frozen=True, slots=True)
class Step:
    """A release, and how far it has come."""

    number: int
    """Of its event."""
    release: Release
    by: str
    at: datetime
    activated_by: str | None
    is_withdrawn: bool

    @property
    def is_waiting(self) -> bool:
        """Whether the second signature is still to come."""
        return self.activated_by is None and not self.is_withdrawn


def steps(site: str | None = None) -> list[Step]:
    """The releases for a site, or for all, in their order."""
    rows = Event.objects.filter(type__in=_TYPES).order_by("number").select_related("content")
    found: dict[int, Step] = {}
    for event in rows.filter(site=site) if site else rows:
        members: Any = thaw(bytes(event.content.data))
        if event.type == "version.released":
            names = ("site", "version", "approval", "rules_sha256")
            release = Release(**{name: members[name] for name in names}, day=date.fromisoformat(members["day"]))
            found[event.number] = Step(event.number, release, str(told(event).user), event.at, None, is_withdrawn=False)
        elif event.type == "version.revoked":
            found[members["release"]] = replace(found[members["release"]], is_withdrawn=True)
        else:
            found[members["release"]] = replace(found[members["release"]], activated_by=str(told(event).user))
    return [*found.values()]


def at_site(trial: Trial, site: str) -> Trial:
    """The trial as its versions are in force at a site."""
    timeline = trial.book.timeline
    if len(timeline.versions) < 2:
        return trial
    known = _adopted(trial, site)
    return trial if known is None else _with(trial.book.sha256, known, Held(trial))


def in_force(trial: Trial, data: bytes) -> Trial:
    """The trial as its versions are in force at the site of a record. Raises: RecordError."""
    return at_site(trial, trial.site(data)) if len(trial.book.timeline.versions) > 1 else trial


def adopted(trial: Trial, site: str) -> dict[str, date | None]:
    """By version, the day from which it is in force at a site; None where it is not, nor will be."""
    known = _adopted(trial, site)
    days = known.adopted if known else (None,) * len(trial.book.timeline.versions)
    return {one.id: day for one, day in zip(trial.book.timeline.versions, days, strict=True)}


def current(trial: Trial, site: str) -> str | None:
    """The version in force at a site today; None where none is known to be."""
    days = adopted(trial, site)
    held = [version for version, day in days.items() if day is not None and day <= today(trial)]
    return held[-1] if held else None


@whole()
def _adopted(trial: Trial, site: str) -> Site | None:
    """What is known of a site: by the folder before the desk began, by the log since; None where nothing is."""
    timeline, begun = trial.book.timeline, _begun(trial)
    known = timeline.site(site)
    signed = {one.release.version: one.release.day for one in steps(site) if one.activated_by is not None}
    if known is None and timeline.sites is not None and not signed:
        return None
    planned = known.adopted if known else _by_date(timeline)
    days = tuple(
        signed.get(one.id) or (day if day is not None and day <= begun else None)
        for one, day in zip(timeline.versions, planned, strict=True)
    )
    return Site(site, known.activated if known else None, days, known.approved if known else None)


def _by_date(timeline: Timeline) -> tuple[date | None, ...]:
    return tuple(one.date if timeline.sites is None else None for one in timeline.versions)


def _begun(trial: Trial) -> date:
    """The day on which the desk began."""
    first: Any = Event.objects.order_by("number").values_list("at", flat=True).first()
    return _day(trial, first or datetime.now(UTC))


def today(trial: Trial) -> date:
    """The day on the study's calendar."""
    return _day(trial, datetime.now(UTC))


def _day(trial: Trial, moment: datetime) -> date:
    return (moment.astimezone(UTC) + timedelta(minutes=trial.book.utc_offset_minutes)).date()


@lru_cache(maxsize=500)
def _with(_sha256: str, site: Site, held: Held) -> Trial:
    return replace(held.trial, book=held.trial.book.at_sites([site]))


def planned(trial: Trial, site: str, version: str, day: str, approval: str) -> Release:
    """A release as it was typed.

    Raises:
        DeskError: there is no such version, it is in force or released there already, or the day does not fit.
    """
    known = {one.id: one for one in trial.book.timeline.versions}
    if version not in known:
        raise DeskError(message('"{ $version }" is no version of the protocol', version=version))
    if not site.strip() or not approval.strip():
        raise DeskError("A release names the site and its ethics committee's approval.")
    try:
        wanted = date.fromisoformat(day)
    except ValueError:
        raise DeskError(message('"{ $day }" should be a day such as 2026-03-01', day=day)) from None
    release = Release(site.strip(), version, wanted, approval.strip()[:1000], trial.book.sha256)
    _check(trial, release)
    return release


def _check(trial: Trial, release: Release) -> None:
    days, version = adopted(trial, release.site), release.version
    if days[version] is not None:
        raise DeskError(message("{ $site } has { $version } already, from { $day } on", site=release.site,
                                version=version, day=str(days[version])))  # fmt: skip
    date_of = trial.book.timeline.date_of(version)
    names = [*days]
    before = [day for name, day in days.items() if day is not None and names.index(name) < names.index(version)]
    after = [day for name, day in days.items() if day is not None and names.index(name) > names.index(version)]
    first = max(max([today(trial), *before]) + timedelta(days=1), date_of)
    if release.day < first or any(release.day >= day for day in after):
        raise DeskError(
            message(
                "{ $version } can come into force at { $site } from { $day } on, before any later version",
                version=version,
                site=release.site,
                day=str(first),
            )
        )


def release(trial: Trial, one: Release, signature: dict[str, Json], actor: Actor) -> int:
    """Release a version for a site: the first signature.

    Returns:
        The number of the event.

    Raises:
        DeskError: one is waiting for that site and version already, or the day does not fit any more.
    """
    with writing():
        _check(trial, one)
        if any(step.is_waiting and step.release.version == one.version for step in steps(one.site)):
            raise DeskError("A release of this version waits for the site already: withdraw it first.")
        content = {**one.content(), "signature": signature}
        event = add("version.released", content, actor, site=one.site, meaning=MEANINGS[0])
    return event.number


def _waiting(number: int) -> Step:
    found = next((one for one in steps() if one.number == number), None)
    if found is None or not found.is_waiting:
        raise DeskError("This release does not wait for a signature.")
    return found


def withdraw(number: int, actor: Actor, reason: str) -> None:
    """Take a release back that nobody has signed yet.

    Raises:
        DeskError: it does not wait, or there is no reason.
    """
    if not reason.strip():
        raise DeskError("Say why the release is withdrawn.")
    with writing():
        step = _waiting(number)
        content: dict[str, Json] = {"release": step.number}
        add("version.revoked", content, actor, site=step.release.site, reason=reason.strip()[:1000])


def activate(trial: Trial, number: int, signature: dict[str, Json], actor: Actor) -> None:
    """Put a released version in force: the second signature, by another person, of the site.

    Raises:
        DeskError: it does not wait, the person is the same or of another site, the rules have changed, or the day
            has come.
    """
    with writing():
        step = _waiting(number)
        if actor.user == step.by:
            raise DeskError("The second signature is that of another person.")
        if actor.site != step.release.site:
            raise DeskError(message("This release is for { $site }.", site=step.release.site))
        if step.release.rules_sha256 != trial.book.sha256:
            raise DeskError("The rules have changed since the release: it has to be made anew.")
        _check(trial, step.release)
        content = {**step.release.content(), "release": step.number, "signature": signature}
        add("version.activated", content, actor, site=step.release.site, meaning=MEANINGS[1])


def sites_of(trial: Trial, more: Sequence[str]) -> list[str]:
    """The sites of the folder, of releases, and others that are known."""
    listed = [one.id for one in (trial.book.timeline.sites or {}).values()]
    return sorted({*listed, *more, *(one.release.site for one in steps())} - {""})
