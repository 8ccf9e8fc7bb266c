#!/bin/sh
# A step of lane A that is run on demand: how long a site with a large database is without a node while
# it is upgraded. Sourced by lane-a.sh.
# shellcheck disable=SC2154

# upgrade_large: a gigabyte of rows beside the product's own tables, then an upgrade.
upgrade_large() {
    nspawn_x systemctl stop map-sovereign.socket map-sovereign.service
    # shellcheck disable=SC2016  # the guest's shell
    nspawn_x setpriv --reuid map --regid map --clear-groups sh -c '
        cd /opt/map-sovereign/current && runtime/bin/java -Xmx512m -cp "$(echo lib/h2-*.jar)" org.h2.tools.Shell \
            -url "jdbc:h2:file:/var/lib/map/db/map;MODE=PostgreSQL;DATABASE_TO_LOWER=TRUE;DEFAULT_NULL_ORDERING=HIGH" -user map -password "" -sql "
                CREATE TABLE lab_filler (id bigint PRIMARY KEY, filler varbinary);
                INSERT INTO lab_filler SELECT \"X\", SECURE_RAND(4000) FROM SYSTEM_RANGE(1, 250000)"'
    nspawn_x systemctl start map-sovereign.socket map-sovereign.service
    ready
    size=$(nspawn_x stat -c %s /var/lib/map/db/map.mv.db)
    [ "$size" -gt 1000000000 ] || broken "the database has only $size bytes"
    lab_install next >"$lab/upgrade"
    cat "$lab/upgrade"
    next_record
    seen "$((size / 1000000)) MB, $(sed -n 's/.*started (\(.*\))/\1/p' "$lab/upgrade"), backup $(
        sed -n 's/.*compared (\(.*\))/\1/p' "$lab/upgrade")"
}
