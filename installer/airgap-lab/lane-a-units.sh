#!/bin/sh
# Steps of lane A about the units that work beside the node: backups, and what comes in on media. Sourced by
# lane-a.sh.
# shellcheck disable=SC2154

# unit NAME: run to its end by systemd; its own words where it fails.
unit() {
    nspawn_x systemctl start "$1" || {
        nspawn_x journalctl -u "$1" -n 20 --no-pager -o cat
        broken "$1 failed"
    }
}

# backup_in FOLDER: the newest backup there is one.
backup_in() {
    # shellcheck disable=SC2016  # the guest's shell
    nspawn_x sh -c 'cd "$1" && map backup verify "$(ls -d map-backup-* | sort | tail -n 1)"' backup "$1"
}

backup_units() {
    unit map-backup.service
    backup_in /var/lib/map/backup/daily
    stick_in
    unit map-backup@media-mapaudit.service
    backup_in /media/mapaudit
    nspawn_x sh -c 'rm -r /media/mapaudit/map-backup-*'
    stick_out
    next_record
    seen 'on the host and on a stick, both verified'
}

snapshot() { nspawn_x map registry status --output json | sed -n 's/.*"snapshot":"\{0,1\}\([0-9]*\).*/\1/p'; }

# import_units: a snapshot and a receipt that a stick brings.
import_units() {
    before=$(snapshot)
    stick_in
    nspawn_x map registry create --from /etc/map/identity/documents --to /media/mapaudit
    unit map-registry-import@media-mapaudit.service
    after=$(snapshot)
    [ "$after" -gt "$before" ] || broken "snapshot $after after $before"
    rm -rf "$lab/station" "$lab/state" "$lab/receipts"
    mkdir "$lab/receipts"
    "$lab/release/bin/map-verify" keygen --station vault --keys "$lab/station" >"$lab/station.said"
    # shellcheck disable=SC2046  # two words each
    nspawn_x map audit enrol-station vault $(grep -o 'vault/[a-z]*+[0-9a-f]*+[A-Za-z0-9+/=]*' "$lab/station.said" | sort -u | sed 's/^/--key /')
    nspawn_x map audit export --to /media/mapaudit
    stick_out
    read_stick
    "$lab/release/bin/map-verify" witness "$lab/read/MAP-AUDIT" --trust "$lab/trust" --keys "$lab/station" \
        --state "$lab/state" --init-state --receipts-to "$lab/receipts"
    stick_in
    tar -C "$lab/receipts" -cf - . | nspawn_x tar -C /media/mapaudit -xf -
    # The folders on the stick stay the node's, whoever brought something into them.
    nspawn_x chown -R map:map /media/mapaudit/MAP-AUDIT
    unit map-receipt-import@media-mapaudit.service
    stick_out
    nspawn_x map audit status --output json | grep -q '"vault' || broken 'no log is witnessed'
    nspawn_x systemctl start map-crl-refresh.service
    next_record
    seen "snapshot $before, then $after; receipts of a station"
}
