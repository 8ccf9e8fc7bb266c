#!/bin/sh
# Applies migrations/NNNN_name.sql to PostgreSQL with psql alone: for sites that keep schema changes
# in the hands of a database administrator. "map migrate" does the same and leaves the same rows in
# schema_history, so either may continue what the other began.
set -eu

usage() {
    cat <<'END'
usage: run_migrations.sh [apply|status|verify]

  apply    (default) applies what is pending, each file in one transaction
  status   says of each version whether it is applied, pending, edited or missing
  verify   fails if an applied file was edited or is missing

environment:
  MAP_DB_URL        postgres://user:password@host:port/database; jdbc:postgresql:// works too
  MAP_DB_URL_FILE   a file that holds it (preferred, it may hold a password)
  without either    libpq's own variables PGHOST, PGDATABASE, PGPASSFILE, ...

exit codes: 0 done, 1 failed, 2 usage, 3 environment, 4 an applied file was edited or is missing

example: MAP_DB_URL_FILE=/etc/map/db.url ./run_migrations.sh status
END
}

fail() {
    status=$1
    shift
    printf 'run_migrations.sh: %s\n' "$*" >&2
    exit "$status"
}

# The ASCII of "map_migr"; the Java runner takes the same advisory lock.
LOCK=7881704378034906994

# --- where ---

# %XX to bytes; awk, because neither dash's printf nor its parameter expansion can.
percent_decode() {
    printf '%s' "$1" | LC_ALL=C awk '
        BEGIN { for (i = 1; i < 256; i++) byte[sprintf("%02X", i)] = sprintf("%c", i) }
        {
            while ((at = index($0, "%")) > 0) {
                code = toupper(substr($0, at + 1, 2))
                if (!(code in byte)) exit 1
                printf "%s%s", substr($0, 1, at - 1), byte[code]
                $0 = substr($0, at + 3)
            }
            printf "%s", $0
        }'
}

# Sets database to the address without its password, and PGPASSWORD to the password: arguments of a
# process are everybody's to read, its environment is its user's alone.
read_address() {
    database=
    address=${MAP_DB_URL:-}
    if [ -n "${MAP_DB_URL_FILE:-}" ]; then
        [ -z "$address" ] || fail 3 "MAP_DB_URL and MAP_DB_URL_FILE are both set"
        [ -r "$MAP_DB_URL_FILE" ] || fail 3 "cannot read MAP_DB_URL_FILE $MAP_DB_URL_FILE"
        address=$(cat "$MAP_DB_URL_FILE")
    fi
    [ -n "$address" ] || return 0
    address=${address#jdbc:}
    case $address in
        postgres://* | postgresql://*) ;;
        h2:*) fail 3 "MAP_DB_URL names H2, which psql cannot reach; use: map migrate" ;;
        *) fail 3 "MAP_DB_URL does not begin with postgres://" ;;
    esac
    case $address in
        *[?\&]password=*) fail 3 "MAP_DB_URL has its password behind the ?, not before the @" ;;
    esac
    scheme=${address%%://*}
    rest=${address#*://}
    authority=${rest%%/*}
    case $authority in
        *:*@*)
            userinfo=${authority%@*}
            PGPASSWORD=$(percent_decode "${userinfo#*:}") ||
                fail 3 "MAP_DB_URL has a % that is not followed by two hex digits"
            export PGPASSWORD
            address="$scheme://${userinfo%%:*}@${authority##*@}${rest#"$authority"}"
            ;;
    esac
    database=$address
}

# Every psql of this script: no start-up file, no prompt, first error ends it.
run_psql() {
    psql --no-psqlrc --no-password --quiet --set=ON_ERROR_STOP=1 \
        ${database:+"--dbname=$database"} "$@"
}

query() {
    run_psql --tuples-only --no-align --command="$1"
}

# --- what ---

sha256_of() {
    sha256sum "$1" | cut -c1-64
}

# Writes "version|name|sha256" of each file, ascending; refuses names out of form and gaps.
list_files() {
    expected=1
    for file in "$folder"/[0-9]*.sql; do
        [ -f "$file" ] || fail 3 "no migration beside $0"
        base=${file##*/}
        base=${base%.sql}
        version=${base%%_*}
        name=${base#*_}
        case $version$name in
            [0-9][0-9][0-9][0-9]*[!a-z0-9_]*) fail 3 "not a migration's name: $file" ;;
            [0-9][0-9][0-9][0-9]*) ;;
            *) fail 3 "not a migration's name: $file" ;;
        esac
        version=$(printf '%s' "$version" | sed 's/^0*//')
        [ "$version" = "$expected" ] || fail 4 "migration $expected is missing beside $0"
        expected=$((expected + 1))
        printf '%s|%s|%s\n' "$version" "$name" "$(sha256_of "$file")"
    done
}

# Writes "version|name|sha256" of each applied file, ascending.
list_applied() {
    present=$(query "SELECT to_regclass('schema_history') IS NOT NULL") ||
        fail 3 "cannot ask the database"
    if [ "$present" = t ]; then
        query "SELECT version, name, sha256 FROM schema_history ORDER BY version"
    fi
}

# Writes "state version name" for each version known to either side.
compare() {
    printf '%s\n--\n%s\n' "$applied" "$files" | awk -F'|' '
        $0 == "--" { second = 1; next }
        $0 == "" { next }
        !second { sha[$1] = $3; name[$1] = $2; order[++count] = $1; next }
        {
            if (!($1 in sha)) state = "pending"
            else if (sha[$1] == $3 && name[$1] == $2) state = "applied"
            else state = "edited"
            seen[$1] = 1
            print state, $1, $2
        }
        END { for (i = 1; i <= count; i++) if (!(order[i] in seen))
                  print "missing", order[i], name[order[i]] }'
}

show_status() {
    compare | while read -r state version name; do
        printf '%04d_%s: %s\n' "$version" "$name" "$state"
    done
}

verify() {
    wrong=$(compare | awk '$1 == "edited" || $1 == "missing" { printf "%s %04d_%s; ", $1, $2, $3 }')
    [ -z "$wrong" ] || fail 4 "the schema is not this release's: ${wrong%; }"
}

apply() {
    verify
    compare | while read -r state version name; do
        [ "$state" = pending ] || continue
        padded=$(printf '%04d' "$version")
        apply_one "$version" "$name" "$folder/${padded}_$name.sql"
    done
}

# Another runner may have been faster: under the lock the history is asked again.
apply_one() {
    printf 'applying %04d_%s\n' "$1" "$2" >&2
    run_psql --single-transaction \
        --set=version="$1" --set=name="$2" --set=sha256="$(sha256_of "$3")" --set=file="$3" \
        --set=lock="$LOCK" --file=- >/dev/null <<'END' || fail 1 "$2 failed; nothing of it was kept"
SET LOCAL statement_timeout = 0;
SET LOCAL lock_timeout = '60s';
SET LOCAL client_min_messages = warning;
SELECT pg_advisory_xact_lock(:lock);
SELECT to_regclass('schema_history') IS NOT NULL AS has_history \gset
\set pending true
\if :has_history
SELECT count(*) = 0 AS pending FROM schema_history WHERE version = :version \gset
\endif
\if :pending
\i :file
INSERT INTO schema_history (version, name, sha256) VALUES (:version, :'name', :'sha256');
\endif
END
}

# --- the run ---

case ${1:-apply} in
    -h | --help)
        usage
        exit 0
        ;;
    apply | status | verify) [ $# -le 1 ] || { usage >&2; exit 2; } ;;
    *)
        usage >&2
        exit 2
        ;;
esac
command -v psql >/dev/null || fail 3 "psql is missing (Debian: postgresql-client)"
read_address
folder=$(CDPATH='' cd -- "$(dirname -- "$0")" && pwd)
files=$(list_files)
applied=$(list_applied)
case ${1:-apply} in
    status) show_status ;;
    verify) verify ;;
    apply) apply ;;
esac
