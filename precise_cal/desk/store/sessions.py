"""Sessions and users of requests, as Django keeps them, by queries that are written once.

Django names this module (`SESSION_ENGINE`, `AUTHENTICATION_BACKENDS`).
"""

from __future__ import annotations

from typing import Any, Final

from django.contrib.auth.backends import ModelBackend
from django.contrib.sessions.backends.db import SessionStore as _SessionStore
from django.contrib.sessions.models import Session
from django.utils import timezone

from precise_cal.desk.models import User
from precise_cal.desk.store.prepared import Prepared

_SESSION: Final[Prepared[Any]] = Prepared(lambda key: Session.objects.filter(pk=key), str)
_USER: Final[Prepared[User]] = Prepared(lambda number: User.objects.filter(pk=number), int)


class SessionStore(_SessionStore):
    """A session of the database."""

    def _get_session_from_db(self) -> Any:
        found = _SESSION.first(self.session_key)
        if found is not None and found.expire_date > timezone.now():
            return found
        return super()._get_session_from_db()  # says what there is to say of none


class Backend(ModelBackend):
    """The user of a session."""

    def get_user(self, user_id: int) -> User | None:
        """The user, as long as the account is open."""
        found = _USER.first(user_id)
        return found if found is not None and self.user_can_authenticate(found) else None
