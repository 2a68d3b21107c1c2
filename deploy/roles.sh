#!/bin/sh
# Roles of PostgreSQL, made by the image of PostgreSQL when its volume is empty: the owner of the tables, and the
# web server, which owns nothing; where they are there already, they get the passwords of today. Their passwords are
# secrets; what the web server may do is given to it by `grants` (compose.yaml).
set -eu
secrets=${SECRETS:-/run/secrets}
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" \
  -v owner="$(cat "$secrets/owner")" -v web="$(cat "$secrets/web")" <<'SQL'
SELECT format('CREATE ROLE %I', name) FROM unnest(ARRAY['desk_owner', 'desk_web']) AS name
  WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = name) \gexec
ALTER ROLE desk_owner LOGIN PASSWORD :'owner';
ALTER ROLE desk_web LOGIN PASSWORD :'web';
REVOKE ALL ON DATABASE :"DBNAME" FROM PUBLIC;
ALTER DATABASE :"DBNAME" OWNER TO desk_owner;
GRANT CONNECT ON DATABASE :"DBNAME" TO desk_web;
ALTER SCHEMA public OWNER TO desk_owner;
SQL
