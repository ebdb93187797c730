# Sourced: a private PostgreSQL with TLS in a folder that has server.pem and its key, on a free port of loopback.
# shellcheck shell=bash

# It does not run as root.
as_postgres() { if [ "$(id -u)" -eq 0 ]; then runuser -u postgres -- "$@"; else "$@"; fi; }

# Afterwards psql and pgbench find it, $postgres is the folder of its programs and $postgres_data what postgres_stop stops.
postgres_start() {
    local folder=$1
    postgres=$(find /usr/lib/postgresql -maxdepth 2 -name bin 2>/dev/null | sort -V | tail -n 1)
    [ -x "$postgres/initdb" ] || { echo "there is no PostgreSQL below /usr/lib/postgresql (Debian: postgresql)" >&2; return 1; }
    mkdir "$folder/postgres"
    cp "$folder/server.pem" "$folder/server.key" "$folder/postgres"
    chmod 600 "$folder/postgres/server.key"
    chmod 711 "$folder"
    [ "$(id -u)" -ne 0 ] || chown -R postgres "$folder/postgres"
    postgres_data=$folder/postgres/data
    as_postgres "$postgres/initdb" -D "$postgres_data" -A trust -U bench >/dev/null
    PGPORT=$(free_port)
    as_postgres "$postgres/pg_ctl" -D "$postgres_data" -l "$folder/postgres/log" -w start -o \
        "-p $PGPORT -c listen_addresses=127.0.0.1 -c unix_socket_directories=$folder/postgres -c ssl=on \
         -c ssl_cert_file=$folder/postgres/server.pem -c ssl_key_file=$folder/postgres/server.key -c max_connections=100 \
         -c shared_buffers=512MB" >/dev/null
    export PGHOST=127.0.0.1 PGPORT PGUSER=bench PGDATABASE=postgres PGSSLMODE=require
}

postgres_stop() {
    [ -z "${postgres_data:-}" ] || as_postgres "$postgres/pg_ctl" -D "$postgres_data" -m immediate stop >/dev/null 2>&1 || true
}
