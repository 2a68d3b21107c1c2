"""The search for a record of which the rules say what is wanted: change by change, and none that makes it worse."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from precise_cal.protocol.verdicts import OPEN

if TYPE_CHECKING:
    from collections.abc import Iterable

    from precise_cal.simulate.change import Changer
    from precise_cal.simulate.trial import Judged, Record, Trial

Wishes = Mapping[str, frozenset[str | bool | None]]
"""What rules and roles are to say, by id: any of these words."""
NO_WISHES: Final[Wishes] = {}
_FEW: Final = 3
_PATIENCE: Final = 400
"""Records judged without coming nearer, after which the search ends."""


@dataclass
class Search:
    """Looks for records. `budget` bounds how many records are judged for one of them."""

    trial: Trial
    changer: Changer
    budget: int = 400
    judged: int = field(default=0, init=False)

    def judge(self, record: Record) -> Judged | None:
        """What the trial says of a record."""
        self.judged += 1
        return self.trial.judge(record)

    def climb(
        self, record: Record, wishes: Wishes, budget: int | None = None, rather: Wishes = NO_WISHES
    ) -> tuple[Record, bool] | None:
        """A record near this one that meets the wishes as far as the search came, and whether it meets all.

        None where the record cannot be judged.

        Args:
            record: where the search begins.
            wishes: what rules and roles are to say.
            budget: how many records are judged at most.
            rather: what they say, if they can, when all wishes are met.
        """
        here = self.judge(record)
        if here is None:
            return None
        score, idle = _score(here, wishes, rather), 0
        for _ in range(budget or self.budget):
            if score[:2] == (0, 0) or idle > _PATIENCE:
                break
            idle += 1
            other = self._other(record, here, rather if score[0] == 0 else wishes)
            judged = self.judge(other) if other is not record else None
            if judged is not None and (reached := _score(judged, wishes, rather)) <= score:
                idle = idle if reached == score else 0
                record, here, score = other, judged, reached
        return record, score[0] == 0

    def nearest(self, records: Iterable[Record], wishes: Wishes) -> Record | None:
        """The record of which the least is missing; None where none can be judged."""
        judged = [(record, here) for record in records if (here := self.judge(record)) is not None]
        return min(judged, key=lambda one: _score(one[1], wishes, NO_WISHES), default=(None,))[0]

    def _other(self, record: Record, here: Judged, wishes: Wishes) -> Record:
        """A record that differs in one to three places which an unmet wish looks at."""
        chance = self.changer.drawer.chance
        unmet = chance.choice([name for name in wishes if not is_met(here, name, wishes)])
        subject = self.trial.subjects[unmet]
        unknown = bool(wishes[unmet] & (OPEN | {None}))
        for _ in range(chance.choices(range(1, _FEW + 1), (70, 20, 10))[0]):
            record = self.changer.towards(record, subject, here.pointers.get(unmet, ()), unknown=unknown)
        return record


def is_met(judged: Judged, name: str, wishes: Wishes) -> bool:
    """Whether a rule or role says what it is to say."""
    said = judged.roles[name] if name in judged.roles else judged.words.get(name)
    return said in wishes[name]


def _score(judged: Judged, wishes: Wishes, rather: Wishes) -> tuple[int, int, int, int]:
    """How many wishes are not met, of either kind; what is missing for that; how many moments contradict each other."""
    unmet, rather_not = ([name for name in some if not is_met(judged, name, some)] for some in (wishes, rather))
    looked_at, some = (unmet, wishes) if unmet else (rather_not, rather)
    missing = sum(judged.missing(name, some[name]) if name in judged.words else 1 for name in looked_at)
    return len(unmet), len(rather_not), missing, judged.reversals
