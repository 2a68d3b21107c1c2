"""What each role of PostgreSQL may do with the tables: the web server's, a backup's, an inspector's.

The tables belong to the user who made the desk. Whoever is no owner can neither change triggers nor rights.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from precise_cal.desk.errors import DeskError
from precise_cal.desk.store.scope import ALL, SETTING, of_site
from precise_cal.language.catalog import Verbatim, message

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

GROWING: Final = ("desk_event", "desk_content", "desk_decision", "desk_allocation")
"""Tables whose rows are neither changed nor deleted."""
OF_SITES: Final = ("desk_event", "desk_decision", "desk_allocation", "desk_record")
"""Tables with a column `site`."""
_LOG: Final = (*GROWING, "desk_head", "desk_record", "django_migrations")
_KNOWN: Final = ("django_content_type", "auth_permission", "auth_group", "auth_group_permissions", "django_migrations")
_READ: Final = "SELECT"
WEB: Final[Mapping[str, str]] = {
    **dict.fromkeys(GROWING, "SELECT, INSERT"),
    "desk_head": "SELECT, UPDATE",
    "desk_record": "SELECT, INSERT, UPDATE",
    "desk_user": "SELECT, INSERT, UPDATE",
    "desk_invitation": "SELECT, INSERT, UPDATE",
    "desk_passkey": "SELECT, INSERT, UPDATE, DELETE",
    "desk_lastseen": "SELECT, INSERT, UPDATE",
    "desk_draft": "SELECT, INSERT, UPDATE, DELETE",
    "django_session": "SELECT, INSERT, UPDATE, DELETE",
    **dict.fromkeys(_KNOWN, _READ),
}
BACKUP: Final[Mapping[str, str]] = dict.fromkeys(WEB, _READ)
INSPECTOR: Final[Mapping[str, str]] = dict.fromkeys(_LOG, _READ)
"""No accounts, no sessions: neither passwords nor secrets of codes."""
_CHANGES: Final = ("UPDATE", "DELETE", "TRUNCATE", "REFERENCES", "TRIGGER")
_ROLE: Final = (
    "SELECT rolsuper OR rolbypassrls OR rolcreaterole, "
    "EXISTS (SELECT FROM pg_class c JOIN pg_namespace n ON n.oid = c.relnamespace "
    "WHERE n.nspname = current_schema() AND c.relkind = 'r' AND pg_has_role(rolname, c.relowner, 'MEMBER')) "
    "FROM pg_roles WHERE rolname = %s"
)


@dataclass(frozen=True, slots=True)
class Roles:
    """Names of PostgreSQL's roles; the first is needed, the others where somebody wants them."""

    web: str
    backup: str | None = None
    inspector: str | None = None

    def rights(self) -> Iterator[tuple[str, Mapping[str, str]]]:
        """Each role with its rights by table."""
        for name, rights in ((self.web, WEB), (self.backup, BACKUP), (self.inspector, INSPECTOR)):
            if name is not None:
                yield name, rights


def statements(roles: Roles, schema: str) -> list[str]:
    """What is executed, in this order, as the owner of the tables.

    Args:
        roles: who is given rights; what they had before on the tables is taken first.
        schema: of the tables.
    """
    place = quoted(schema)
    found = [f"REVOKE ALL ON ALL TABLES IN SCHEMA {place} FROM PUBLIC", f"REVOKE CREATE ON SCHEMA {place} FROM PUBLIC"]
    for name, rights in roles.rights():
        found += [f"REVOKE ALL ON ALL {kind} IN SCHEMA {place} FROM {quoted(name)}" for kind in ("TABLES", "SEQUENCES")]
        found += [
            f"REVOKE ALL ON SCHEMA {place} FROM {quoted(name)}",
            f"GRANT USAGE ON SCHEMA {place} TO {quoted(name)}",
        ]
        found += [f"GRANT {right} ON {place}.{table} TO {quoted(name)}" for table, right in rights.items()]
    if roles.backup is not None:
        found.append(f"GRANT SELECT ON ALL SEQUENCES IN SCHEMA {place} TO {quoted(roles.backup)}")
    for table in OF_SITES:
        found += _policies(f"{place}.{table}", roles)
    return found


def _policies(table: str, roles: Roles) -> Iterator[str]:
    scope = f"current_setting('{SETTING}', true)"
    seen = f"{scope} = '{ALL}' OR {scope} = '{of_site('')}' || site"
    readers = [quoted(one) for one in (roles.backup, roles.inspector) if one is not None]
    yield f"ALTER TABLE {table} ENABLE ROW LEVEL SECURITY"
    for name in ("desk_of_site", "desk_readers"):
        yield f"DROP POLICY IF EXISTS {name} ON {table}"
    yield f"CREATE POLICY desk_of_site ON {table} TO {quoted(roles.web)} USING ({seen}) WITH CHECK ({seen})"
    if readers:
        yield f"CREATE POLICY desk_readers ON {table} FOR SELECT TO {', '.join(readers)} USING (true)"


def grant(roles: Roles, *, apply: bool) -> list[str]:
    """Bring the database up to this version, and give the roles their rights; all of it or nothing.

    Args:
        roles: which exist already.
        apply: whether to do it; else the statements are only given back.

    Raises:
        DeskError: the database is no PostgreSQL; a role is none, or may more than its rights by other ways.
    """
    from django.db import DatabaseError, connection, transaction

    from precise_cal.desk.init import migrate

    if connection.vendor != "postgresql":
        raise DeskError("PRECISE_DATABASE_URL: should name a PostgreSQL: SQLite has no roles")
    names = [name for name, _ in roles.rights()]
    if len({*names}) < len(names):
        raise DeskError("--web, --backup and --inspector should be different roles")
    try:
        if apply:
            migrate()
        with transaction.atomic(), connection.cursor() as cursor:
            for name in names:
                _check_role(cursor, name)
            cursor.execute("SELECT current_schema()")
            found = statements(roles, cursor.fetchone()[0])
            if apply:
                for one in found:
                    cursor.execute(one)
                for name in names:
                    _check_rights(cursor, name, is_web=name == roles.web)
    except DatabaseError as error:
        raise DeskError(
            message(
                "PostgreSQL: { $error }; be the owner of the tables in PRECISE_DATABASE_URL",
                error=Verbatim(str(error).strip()),
            )
        ) from None
    return found


def _check_role(cursor: Any, name: str) -> None:
    cursor.execute(_ROLE, [name])
    row = cursor.fetchone()
    if row is None:
        raise DeskError(
            message(
                'PostgreSQL has no role "{ $name }": { $command }',
                name=Verbatim(name),
                command=Verbatim(f"CREATE ROLE {quoted(name)} LOGIN PASSWORD …"),
            )
        )
    if row[0]:
        raise DeskError(
            message(
                'role "{ $name }" should be neither a superuser, nor have BYPASSRLS or CREATEROLE', name=Verbatim(name)
            )
        )
    if row[1]:
        raise DeskError(
            message(
                'role "{ $name }" should own none of the tables, nor be a member of the role that does',
                name=Verbatim(name),
            )
        )


def _check_rights(cursor: Any, name: str, *, is_web: bool) -> None:
    """That nothing more is inherited from other roles."""
    tables = GROWING if is_web else tuple(WEB)
    for table in tables:
        acts = _CHANGES if is_web else ("INSERT", *_CHANGES)
        cursor.execute(
            "SELECT act FROM unnest(%s::text[]) act WHERE has_table_privilege(%s, %s, act)", [[*acts], name, table]
        )
        more = [act for (act,) in cursor.fetchall()]
        if more:
            raise DeskError(
                message(
                    'role "{ $name }" may { $more } on { $table } as a member of another role: take it out',
                    name=Verbatim(name),
                    more=Verbatim(", ".join(more)),
                    table=Verbatim(table),
                )
            )


def quoted(name: str) -> str:
    """A name as SQL writes it."""
    return '"' + name.replace('"', '""') + '"'
