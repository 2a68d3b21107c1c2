"""PostgreSQL's own roles: what the web server, a backup and an inspector may do, whatever the program asks for."""

from __future__ import annotations

import subprocess
from typing import TYPE_CHECKING, Any
from urllib.parse import urlsplit

import pytest

from tests.desk.stores import POSTGRESQL, ROLES, Postgresql

if TYPE_CHECKING:
    from collections.abc import Callable

    from tests.desk.conftest import Desk

    Make = Callable[..., bytes]

needs_postgresql = pytest.mark.skipif(POSTGRESQL is None, reason="test_postgresql.py runs it on a server")
GROWING = ("desk_event", "desk_content", "desk_decision", "desk_allocation")
FORBIDDEN = [
    *(f"UPDATE {one} SET {'sha256' if one == 'desk_content' else 'site'} = 'x'" for one in GROWING[:2]),
    *(f"UPDATE {one} SET site = 'x'" for one in GROWING[2:]),
    *(f"DELETE FROM {one}" for one in (*GROWING, "desk_record", "desk_head", "desk_user")),
    *(f"TRUNCATE {one} CASCADE" for one in GROWING),
    *(f"DROP TRIGGER {one}_no_update ON {one}" for one in GROWING),
    *(f"ALTER TABLE {one} DISABLE TRIGGER ALL" for one in GROWING),
    "SET session_replication_role = replica",
    "CREATE OR REPLACE FUNCTION desk_only_grows() RETURNS trigger LANGUAGE plpgsql AS $$ BEGIN RETURN NEW; END $$",
    "DROP FUNCTION desk_only_grows() CASCADE",
    "DROP POLICY desk_of_site ON desk_event",
    "ALTER TABLE desk_event DISABLE ROW LEVEL SECURITY",
    "DROP TABLE desk_event CASCADE",
    "CREATE TABLE mine (one int)",
    "CREATE TRIGGER mine BEFORE INSERT ON desk_event EXECUTE FUNCTION desk_only_grows()",
    "SET ROLE postgres",
]


def ask(role: str, statement: str, scope: str | None = None) -> list[Any]:
    """What PostgreSQL answers to a role."""
    import psycopg

    assert POSTGRESQL is not None
    url = Postgresql(POSTGRESQL).url.replace("//postgres@", f"//{role}@")
    with psycopg.connect(url) as connection:
        if scope is not None:
            connection.execute("SELECT set_config('precise.sites', %s, false)", [scope])
        done = connection.execute(statement)  # type: ignore[call-overload,unused-ignore]
        return done.fetchall() if done.description else []


def is_refused(role: str, statement: str) -> bool:
    """Whether a role may not do it, of whatever site it calls itself."""
    import psycopg

    try:
        ask(role, statement, "all")
    except (psycopg.errors.InsufficientPrivilege, psycopg.errors.RaiseException):
        return True
    return False


@pytest.fixture
def two_sites(desk: Desk, record: Make) -> Desk:
    """A desk with an allocation at each of two sites."""
    desk.randomize(record("ZS01-001"))
    desk.randomize(record("ZS02-001"))
    return desk


@needs_postgresql
def test_web_role_changes_nothing_of_the_log_and_cannot_take_its_guards_away(two_sites: Desk) -> None:
    assert [one for one in FORBIDDEN if not is_refused(ROLES["web"], one)] == []
    ask(ROLES["web"], "GRANT UPDATE ON desk_event TO PUBLIC")  # a warning: nothing was granted
    assert ask(ROLES["web"], "SELECT has_table_privilege('desk_event', 'UPDATE')") == [(False,)]
    assert len(two_sites.events("gate.decision")) == 2


@needs_postgresql
def test_rows_of_other_sites_are_not_shown_to_a_session_of_a_site(two_sites: Desk) -> None:
    for table in ("desk_event", "desk_decision", "desk_allocation", "desk_record"):
        sites = f"SELECT DISTINCT site FROM {table} ORDER BY site"
        assert ask(ROLES["web"], sites) == ask(ROLES["web"], sites, "none") == []
        assert ask(ROLES["web"], sites, "site:ZS01") == [("ZS01",)]
        assert {"ZS01", "ZS02"} <= {site for (site,) in ask(ROLES["web"], sites, "all")}


@needs_postgresql
def test_query_that_forgets_the_site_still_shows_the_own_one_alone(
    two_sites: Desk, client: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    from precise_cal.desk.web import participants as page

    monkeypatch.setattr(page, "site_of", lambda _: None)
    assert b"ZS02-001" in client("inspector").get("/participants").content
    shown = client("coordinator").get("/participants").content
    assert b"ZS01-001" in shown
    assert b"ZS02" not in shown


@needs_postgresql
def test_participant_of_another_site_is_refused_though_its_rows_are_not_shown(two_sites: Desk, record: Make) -> None:
    from precise_cal.desk.errors import DeskError
    from precise_cal.desk.store.scope import of_site, seen_from

    with seen_from(of_site("ZS02")), pytest.raises(DeskError, match="another site"):
        two_sites.randomize(record("ZS01-001", site_id="ZS02"))
    assert len(two_sites.events("list.opened")) == 2


@needs_postgresql
def test_scope_is_that_of_the_block_after_an_error_within() -> None:
    from django.db import transaction

    from precise_cal.desk.models import Decision
    from precise_cal.desk.store.scope import of_site, seen_from, whole

    def sites() -> set[str]:
        return {*Decision.objects.values_list("site", flat=True)}

    with seen_from(of_site("ZS01")), transaction.atomic():
        with pytest.raises(LookupError), whole():
            raise LookupError
        with whole():
            pass
        assert sites() <= {"ZS01"}
    with seen_from("none"):
        assert sites() == set()


@needs_postgresql
def test_backup_role_dumps_everything_and_changes_nothing(two_sites: Desk) -> None:
    import psycopg

    url = urlsplit(two_sites.store.url)
    command = ["pg_dump", "--enable-row-security", "-h", str(url.hostname), "-p", str(url.port)]
    done = subprocess.run([*command, "-U", ROLES["backup"], "desk"], capture_output=True, check=True)
    own = two_sites.store.dump()
    assert {*done.stdout.splitlines()} >= {line for line in own.splitlines() if b"ZS0" in line}
    for table in (*GROWING, "desk_user"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(ROLES["backup"], f"DELETE FROM {table}")


@needs_postgresql
def test_inspector_role_reads_the_log_of_all_sites_and_no_accounts(two_sites: Desk) -> None:
    import psycopg

    sites = {site for (site,) in ask(ROLES["inspector"], "SELECT DISTINCT site FROM desk_decision")}
    assert sites == {"ZS01", "ZS02"}
    for table in ("desk_user", "desk_invitation", "desk_passkey", "django_session"):
        with pytest.raises(psycopg.errors.InsufficientPrivilege):
            ask(ROLES["inspector"], f"SELECT * FROM {table}")
    with pytest.raises(psycopg.errors.InsufficientPrivilege):
        ask(ROLES["inspector"], "INSERT INTO desk_content VALUES ('a', 'b')")


@needs_postgresql
def test_role_that_may_more_by_other_ways_is_refused(blank: Desk, precise: Any) -> None:
    import psycopg

    assert POSTGRESQL is not None
    command = ("desk", "grants", "--web")
    with psycopg.connect(POSTGRESQL + "/desk", autocommit=True) as owner:
        owner.execute("DROP ROLE IF EXISTS desk_more")
        owner.execute("CREATE ROLE desk_more LOGIN IN ROLE pg_write_all_data")
        try:
            for name, problem in {
                "desk_more": "member of another role",
                "postgres": "superuser",
                "nobody": "no role",
            }.items():
                said = as_owner(precise, *command, name)
                assert said.status == 2
                assert problem in said.err
            said = as_owner(precise, *command, ROLES["web"], "--backup", ROLES["web"])
            assert (said.status, "different roles" in said.err) == (2, True)
            assert ask("desk_more", "SELECT has_table_privilege('desk_event', 'SELECT')") == [(False,)], (
                "all or nothing"
            )
        finally:
            owner.execute("DROP ROLE desk_more")


@needs_postgresql
def test_rights_are_printed_and_given_by_one_command(blank: Desk, precise: Any) -> None:
    names = [part for name, role in ROLES.items() for part in (f"--{name}", role)]
    said = as_owner(precise, "desk", "grants", *names, "--print")
    assert said.status == 0
    assert 'GRANT SELECT, INSERT ON "public".desk_event TO "desk_web";' in said.out
    again = as_owner(precise, "desk", "grants", *names)
    assert (again.status, again.out) == (0, "rights given: desk_web, desk_backup, desk_inspector\n")
    as_web = precise("desk", "grants", *names)
    assert (as_web.status, "owner of the tables" in as_web.err) == (2, True)


def as_owner(precise: Any, *arguments: str) -> Any:
    """The command, with the owner's name in place of the web server's."""
    from django.db import connection

    connection.close()
    before = connection.settings_dict["USER"]
    connection.settings_dict["USER"] = "postgres"
    try:
        return precise(*arguments)
    finally:
        connection.close()
        connection.settings_dict["USER"] = before


@pytest.mark.skipif(POSTGRESQL is not None, reason="about SQLite")
def test_sqlite_has_no_roles(blank: Desk, precise: Any) -> None:
    said = precise("desk", "grants", "--web", "web")
    assert said.status == 2
    assert "PRECISE_DATABASE_URL" in said.err


def test_every_table_of_the_desk_has_rights_or_none(blank: Desk) -> None:
    from django.db import connection

    from precise_cal.desk.grants import BACKUP, OF_SITES, WEB
    from precise_cal.desk.grants import GROWING as KEPT

    tables = {*connection.introspection.table_names()}
    assert {*WEB} == {*BACKUP} == tables
    assert {*KEPT} == {*GROWING}
    with connection.cursor() as cursor:
        columns = {one: connection.introspection.get_table_description(cursor, one) for one in tables - {"desk_user"}}
    assert {one for one, names in columns.items() if any(name.name == "site" for name in names)} == {*OF_SITES}
