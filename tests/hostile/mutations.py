"""Records with some of their values changed at random: gone, unknown, of another kind, moved in time, doubled."""

from __future__ import annotations

import copy
from datetime import datetime, timedelta
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import random

WORDS: Final = (
    None, "unknown", True, False, 0, 1, 2, 3, "0.80", "0.8", "0.81", "0.88", "2.24", "2.25", "4.0", "4.01", "3.00",
    0.88, -1, 130, "mm", "cm", "%", "deg", "RA", "IVL", "OA", "LAD", "RCA", "LM", "site", "core_lab",
    "post_modification", "baseline", "none", "moderate", "severe", "stemi", "nstemi", "chronic", "died", "withdrawn",
    "on_study", "DCB", "DES", "allocated", "participant", "legal_representative", "1.0", "2.0", "1956-05-10", "2008",
    "2008-03-10", "1990-01-01", "", "N/A", "L1", "L2", "2026-03-10T10:02:00+08:00", "2026-03-10T09:30:00+08:00",
    "2150-03-10T10:02:00+08:00", "2026-03-10T02:10:30Z", "2026-03-10", [], {}, "²", "\u202e",
)  # fmt: skip
AT: Final = "2026-03-10T10:05:00+08:00"
RANDOMIZED: Final = ({"at": AT}, {"arm": "DCB"}, {"number": "R1"}, {"at": "2199-01-01T00:00:00Z"})
DEVICES: Final = ([{"type": "DES"}], [{"type": "DCB", "at": AT}], [{"type": None}], [])
EVENTS: Final = ([{"type": "death"}], [{"type": "mi"}], [{"type": None}], [{"type": "death", "fatal": True}])


def paths(part: Any, here: tuple[str | int, ...] = ()) -> list[tuple[str | int, ...]]:
    """The place of every value of a document."""
    found = [here] if here else []
    if isinstance(part, dict):
        found += [path for name, value in part.items() for path in paths(value, (*here, name))]
    elif isinstance(part, list):
        found += [path for index, value in enumerate(part) for path in paths(value, (*here, index))]
    return found


def mutated(document: dict[str, Any], chance: random.Random) -> dict[str, Any]:
    """A copy of a record with one to four changes."""
    changed = copy.deepcopy(document)
    for _ in range(chance.choice([1, 1, 2, 2, 3, 4])):
        chance.choice(CHANGES)(changed, chance)
    return changed


def _place(document: Any, path: tuple[str | int, ...]) -> Any:
    for name in path[:-1]:
        document = document[name]
    return document


def _set(document: dict[str, Any], chance: random.Random) -> None:
    path = chance.choice(paths(document))
    _place(document, path)[path[-1]] = copy.deepcopy(chance.choice(WORDS))


def _set_leaf(document: dict[str, Any], chance: random.Random) -> None:
    """Another value of the kind that stood there, so that the record stays valid."""
    leaves = [path for path in paths(document) if not isinstance(_place(document, path)[path[-1]], dict | list)]
    path = chance.choice(leaves)
    old = _place(document, path)[path[-1]]
    kinds = [word for word in WORDS if type(word) is type(old)] or [None]
    _place(document, path)[path[-1]] = chance.choice([None, *kinds]) if not isinstance(old, bool) else not old


def _remove(document: dict[str, Any], chance: random.Random) -> None:
    path = chance.choice(paths(document))
    part = _place(document, path)
    if isinstance(part, list):
        part.pop(int(path[-1]))
    else:
        part.pop(path[-1], None)


def _double(document: dict[str, Any], chance: random.Random) -> None:
    lists = [path for path in paths(document) if isinstance(_place(document, path)[path[-1]], list)]
    if lists:
        path = chance.choice(lists)
        items = _place(document, path)[path[-1]]
        if items:
            one = copy.deepcopy(chance.choice(items))
            if isinstance(one, dict) and "lesion_id" in one:
                one["lesion_id"] = f"L{len(items) + 1}"
            items.insert(chance.randrange(len(items) + 1), one)


def _move_in_time(document: dict[str, Any], chance: random.Random) -> None:
    moments = [
        path
        for path in paths(document)
        if isinstance(text := _place(document, path)[path[-1]], str) and len(text) == len("2026-03-10T10:02:00+08:00")
        and text[10] == "T"
    ]  # fmt: skip
    if moments:
        path = chance.choice(moments)
        step = timedelta(minutes=chance.choice([-60, -10, -1, 1, 8, 9, 60])) * chance.choice([1, 1, 24 * 30, 24 * 3000])
        part = _place(document, path)
        part[path[-1]] = (datetime.fromisoformat(part[path[-1]]) + step).isoformat()


def _bar(document: dict[str, Any], chance: random.Random) -> None:
    """What forbids randomization beside the criteria."""
    kind = chance.randrange(4)
    if kind == 0:
        document["randomization"] = copy.deepcopy(chance.choice(RANDOMIZED))
    elif kind == 1 and isinstance(lesions := document.get("lesions"), list):
        for lesion in lesions[:1]:
            if isinstance(lesion, dict):
                lesion["devices"] = copy.deepcopy(chance.choice(DEVICES))
    elif kind == 2:
        document["events"] = copy.deepcopy(chance.choice(EVENTS))
    else:
        document["disposition"] = {"status": chance.choice(["died", "withdrawn", "screening", None])}


def _cutoff(document: dict[str, Any], chance: random.Random) -> None:
    document["data_cutoff"] = chance.choice([None, "2199-01-01T00:00:00+08:00", "2026-03-10T09:00:00+08:00"])


CHANGES: Final = (
    _set,
    _set_leaf,
    _set_leaf,
    _set_leaf,
    _remove,
    _remove,
    _double,
    _move_in_time,
    _move_in_time,
    _bar,
    _cutoff,
)
