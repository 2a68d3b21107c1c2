"""Who may do what. A role is a set of acts; a page asks for one of them."""

from __future__ import annotations

from enum import StrEnum
from typing import Final, Literal, get_args

Role = Literal[
    "coordinator", "investigator", "monitor", "data-manager", "statistician", "sponsor", "inspector", "administrator"
]
ROLES: Final[tuple[Role, ...]] = get_args(Role)


class Act(StrEnum):
    """What somebody may do."""

    GATE = "ask the gate, sign and randomize"
    PARTICIPANTS = "see participants, deviations and queries"
    UNMASKED = "see who has which arm"
    QFR = "compute QFR"
    LOG = "see and verify the log"
    EXPORT = "take the log away as a file"
    INSPECT = "see what every event is about"
    LIST = "see the randomization list's ceremony"
    PLAN = "choose the design, and give the statistician's share"
    SELECTION = "see whether participants are chosen by a guess"
    SHARE = "give the sponsor's share"
    VERSIONS = "see which version of the protocol is in force where"
    RELEASE = "release a version of the protocol for a site"
    ACTIVATE = "put a released version in force at the own site"
    USERS = "make and close accounts"
    APPROVE = "be the second person of a passkey's enrollment"


_SITE: Final = frozenset({Act.GATE, Act.PARTICIPANTS, Act.UNMASKED, Act.QFR, Act.LOG, Act.LIST, Act.VERSIONS})
_READS: Final = frozenset({Act.UNMASKED, Act.LOG, Act.EXPORT, Act.INSPECT, Act.LIST, Act.SELECTION, Act.VERSIONS})
_MAY: Final[dict[str, frozenset[Act]]] = {
    "coordinator": _SITE,
    "investigator": _SITE | {Act.APPROVE, Act.ACTIVATE},
    "monitor": frozenset({Act.PARTICIPANTS, Act.QFR, Act.LOG, Act.LIST, Act.APPROVE, Act.VERSIONS}),
    "data-manager": frozenset({Act.PARTICIPANTS, Act.QFR, Act.LOG, Act.EXPORT, Act.VERSIONS}),
    "statistician": frozenset({Act.LOG, Act.EXPORT, Act.LIST, Act.PLAN, Act.SELECTION, Act.VERSIONS}),
    "sponsor": frozenset(
        {Act.PARTICIPANTS, Act.QFR, Act.LOG, Act.EXPORT, Act.LIST, Act.SHARE, Act.VERSIONS, Act.RELEASE}
    ),
    "inspector": frozenset(
        {
            Act.PARTICIPANTS,
            Act.UNMASKED,
            Act.QFR,
            Act.LOG,
            Act.EXPORT,
            Act.INSPECT,
            Act.LIST,
            Act.SELECTION,
            Act.VERSIONS,
        }
    ),
    "administrator": frozenset({Act.USERS, Act.APPROVE}),
}
NEEDS_SITE: Final[frozenset[Role]] = frozenset({"coordinator", "investigator"})
"""The roles that belong to a site; the others see every site unless one is named."""


def may(role: str, act: Act) -> bool:
    """Whether a role includes an act; a role that nobody knows includes none."""
    return act in _MAY.get(role, frozenset())
