"""From the files to the timeline of a trial: its versions, its sites, the days on which something changes."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from typing import TYPE_CHECKING, Any

from precise_cal.engine.rulebook.errors import RuleFileError
from precise_cal.engine.rulebook.timeline import Site, Timeline, Version
from precise_cal.language.catalog import Verbatim, message
from precise_cal.protocol.identifiers import skeleton

if TYPE_CHECKING:
    from collections.abc import Iterator

    from precise_cal.engine.rulebook.errors import Place
    from precise_cal.engine.rulebook.loaded import Loaded
    from precise_cal.engine.rulebook.protocol_form import ParameterValue, SiteEntry
    from precise_cal.engine.rulebook.rule_form import RuleEntry
    from precise_cal.engine.rulebook.yaml_source import Location, YamlFile

    Problem = tuple[Place | None, str]
    Placed = tuple[Any, YamlFile, Location]
    """Something that holds from and to a version or a day, and where it stands."""


def timeline_of(loaded: Loaded) -> Timeline:
    """The timeline of the loaded files.

    Raises:
        RuleFileError: versions or sites contradict each other, or something never holds; everything is told at once.
    """
    versions = tuple(Version(one.id, one.date) for one in loaded.protocol.versions)
    placed = list(_placed(loaded))
    problems = [*_version_problems(loaded), *_bound_problems(placed, versions), *_site_problems(loaded)]
    if problems:
        raise RuleFileError(problems)
    timeline = Timeline(versions, _days(loaded, placed), _sites(loaded))
    problems = [*_never(placed, timeline, _first(loaded)), *_moment_problems(loaded)]
    if problems:
        raise RuleFileError(problems)
    return timeline


def _placed(loaded: Loaded) -> Iterator[Placed]:
    """Rules and quotes, then the values of parameters."""
    for file, source in loaded.rules:
        for index, rule in enumerate(file.rules):
            yield rule, source, ("rules", index)
            if not isinstance(rule.quote, str):
                yield from ((one, source, ("rules", index, "quote", i)) for i, one in enumerate(rule.quote))
    for values, here in _values(loaded):
        yield from ((one, loaded.source, (*here, "values", number)) for number, one in enumerate(values))


def _values(loaded: Loaded) -> Iterator[tuple[list[ParameterValue], Location]]:
    """The values of each parameter, and of each row of those that are tables."""
    for index, parameter in enumerate(loaded.protocol.parameters):
        if parameter.values:
            yield parameter.values, ("parameters", index)
        yield from ((row.values, ("parameters", index, "rows", number)) for number, row in enumerate(parameter.rows))


def _days(loaded: Loaded, placed: list[Placed]) -> tuple[date, ...]:
    """The days that are named, but for those of first values, which hold before as well."""
    first = _first(loaded)
    bounds = [one.since for one, _, _ in placed if id(one) not in first] + [one.until for one, _, _ in placed]
    return tuple(sorted({bound for bound in bounds if isinstance(bound, date)}))


def _first(loaded: Loaded) -> frozenset[int]:
    """The first value of each parameter, by identity: it holds from the beginning."""
    return frozenset(
        id(min(values, key=lambda one: (isinstance(one.since, str), str(one.since)))) for values, _ in _values(loaded)
    )


def _sites(loaded: Loaded) -> dict[str, Site] | None:
    if loaded.sites is None:
        return None
    return {skeleton(one.id): _site(one, loaded) for one in loaded.sites[0].sites}


def _site(one: SiteEntry, loaded: Loaded) -> Site:
    versions = loaded.protocol.versions
    adopted = [one.versions.get(version.id) if one.versions else version.date for version in versions]
    return Site(one.id, one.activated, tuple(adopted), one.approved)


# ---- what is wrong ----


def _version_problems(loaded: Loaded) -> Iterator[Problem]:
    seen: set[str] = set()
    latest = date.min
    for index, one in enumerate(loaded.protocol.versions):
        place = loaded.source.place(("versions", index))
        if one.id in seen:
            yield place, message("the version { $id } stands twice", id=Verbatim(one.id))
        if one.date <= latest:
            yield (
                place,
                message(
                    "the version { $id } of { $date } should be later than the one before, of { $latest }",
                    id=Verbatim(one.id),
                    date=one.date,
                    latest=latest,
                ),
            )
        seen.add(one.id)
        latest = one.date


def _bound_problems(placed: list[Placed], versions: tuple[Version, ...]) -> Iterator[Problem]:
    known = {one.id for one in versions}
    for one, source, here in placed:
        for name in ("since", "until"):
            bound = getattr(one, name)
            if isinstance(bound, str) and bound not in known:
                right = (
                    message("versions are { $versions }", versions=Verbatim(", ".join(one.id for one in versions)))
                    if versions
                    else "there are no versions"
                )
                yield (
                    source.place((*here, name)),
                    message(
                        '{ $name }: "{ $bound }" is neither a day nor a version; { $right }',
                        name=Verbatim(name),
                        bound=bound,
                        right=right,
                    ),
                )


def _site_problems(loaded: Loaded) -> Iterator[Problem]:
    if loaded.sites is None:
        return
    file, source = loaded.sites
    dates, seen = {one.id: one.date for one in loaded.protocol.versions}, dict[str, str]()
    for index, site in enumerate(file.sites):
        if skeleton(site.id) in seen:
            place = source.place(("sites", index))
            yield (
                place,
                message(
                    'the site "{ $id }" stands twice, as "{ $seen }" too', id=site.id, seen=seen[skeleton(site.id)]
                ),
            )
        seen[skeleton(site.id)] = site.id
        for version, day in site.versions.items():
            place = source.place(("sites", index, "versions", version))
            if version not in dates:
                yield (
                    place,
                    message(
                        '"{ $version }" is no version of protocol.yaml; known: { $value }',
                        version=version,
                        value=", ".join(dates) or "none",
                    ),
                )
            elif day < dates[version]:
                yield (
                    place,
                    message(
                        "{ $id } cannot have adopted { $version } on { $day }: it is of { $dates }",
                        id=Verbatim(site.id),
                        version=Verbatim(version),
                        day=day,
                        dates=dates[version],
                    ),
                )
        adopted = [(site.versions[one], one) for one in dates if one in site.versions]
        for (day, version), (later_day, later) in pairwise(adopted):
            if later_day <= day:
                text = message(
                    "{ $id } adopted { $later } on { $later_day }, which should be later than { $version }, on "
                    "{ $day }",
                    id=Verbatim(site.id),
                    later=later,
                    later_day=later_day,
                    version=Verbatim(version),
                    day=day,
                )
                yield source.place(("sites", index, "versions", later)), text


def _never(placed: list[Placed], timeline: Timeline, first: frozenset[int]) -> Iterator[Problem]:
    """What holds in no edition: ``until`` is the first version with which something no longer holds."""
    for one, source, here in placed:
        since = None if id(one) in first and isinstance(one.since, date) else one.since
        is_backward = isinstance(one.until, date) and isinstance(one.since, date) and one.until <= one.since
        is_held = any(timeline.holds(key, since, one.until) for key in timeline.keys)
        if one.until is not None and (is_backward or not is_held):
            text = message(
                "until { $until }: it never holds; until is the first version or day with which it no longer does",
                until=one.until,
            )
            yield source.place((*here, "until")), text


def _moment_problems(loaded: Loaded) -> Iterator[Problem]:
    """A rule has one moment, whatever its versions say; what it needs for it has to be there."""
    first: dict[str, RuleEntry] = {}
    for file, source in loaded.rules:
        for index, rule in enumerate(file.rules):
            here = ("rules", index)
            known = first.setdefault(rule.id, rule)
            if (known.at, known.visit_on) != (rule.at, rule.visit_on):
                yield (
                    source.place(here),
                    message(
                        "{ $id }: at and visit_on should be the same in every version of a rule", id=Verbatim(rule.id)
                    ),
                )
            if rule.at == "consent" and "consented_at" not in loaded.schema.roles:
                text = "at: consent needs the role consented_at, which record.yaml does not name"
                yield source.place((*here, "at")), text
            if (rule.at == "visit") != (rule.visit_on is not None):
                text = message(
                    "{ $id }: at: visit and visit_on, the day of the visit, belong together", id=Verbatim(rule.id)
                )
                yield source.place(here), text
