# As the official entry point: an empty volume becomes a cluster of POSTGRES_USER with the password of the file that
# POSTGRES_PASSWORD_FILE names, then the SQL files of /docker-entrypoint-initdb.d run.
set -eu

make_cluster() {
    mkdir -p "$PGDATA"
    initdb --pgdata="$PGDATA" --username="$POSTGRES_USER" --pwfile="$POSTGRES_PASSWORD_FILE" \
        --auth-local=trust --auth-host=scram-sha-256 --encoding=UTF8 --locale=C.UTF-8
    echo "listen_addresses = '*'" >> "$PGDATA/postgresql.conf"
    echo 'host all all all scram-sha-256' >> "$PGDATA/pg_hba.conf"
    pg_ctl --pgdata="$PGDATA" --options="-c listen_addresses=''" --wait start
    for file in /docker-entrypoint-initdb.d/*.sql; do
        psql --no-psqlrc --set ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname "$POSTGRES_DB" --file "$file"
    done
    pg_ctl --pgdata="$PGDATA" --mode=fast --wait stop
}

if [ "$(id -u)" = 0 ]; then
    mkdir -p "$PGDATA" /var/run/postgresql
    chown -R postgres:postgres "$PGDATA" /var/run/postgresql
    chmod 0700 "$PGDATA"
    exec setpriv --reuid postgres --regid postgres --init-groups /bin/sh "$0" "$@"
fi
[ -s "$PGDATA/PG_VERSION" ] || make_cluster
exec "$@"
