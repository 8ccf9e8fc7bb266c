#!/bin/sh
# Lane A of the lab: a Debian 12 that has never seen a network, the release on a medium, and the whole
# life of an install: refused media, install, kills, calls, export, reboot, crash, upgrade, failed
# upgrade, rollback, uninstall. What would have gone out over the network is counted all along.
set -eu

usage() {
    cat <<'END'
Usage: installer/airgap-lab/lane-a.sh [--release TARBALL] [--keep] [--help]

Needs root, systemd-nspawn, mmdebstrap (once), nft, ip, openssl, python3, mkfs.ext4, debugfs, busybox.

  --release TARBALL  default: the one below installer/target
  --keep             leaves media and logs of this run below installer/target/lab
  --help             shows this

Environment: LAB_SEED, the seed of the corruptions, printed by each run; LAB_ONLY, names of the steps'
functions, to run these alone while one is being written; upgrade_large runs when it is named

Exit codes: 0 every step was checked · 1 one failed · 2 usage · 3 something is missing
END
}

here=$(cd "$(dirname "$0")" && pwd -P)
target=$(cd "$here/.." && pwd -P)/target
# shellcheck source=installer/airgap-lab/scenario.sh
. "$here/scenario.sh"
read_options "$@"

missing() {
    echo "lane-a.sh: $1; the lane was NOT run" >&2
    exit 3
}

[ "$(id -u)" -eq 0 ] || missing 'root is needed for containers and network namespaces'
for tool in systemd-nspawn mmdebstrap nft ip openssl python3 curl mkfs.ext4 debugfs losetup nsenter busybox; do
    command -v "$tool" >/dev/null 2>&1 || missing "$tool is missing"
done
[ -n "$tarball" ] || tarball=$(find "$target" -maxdepth 1 -name 'map-sovereign-*-linux-x86_64.tar.gz' | head -n 1)
[ -s "$tarball" ] || missing 'no release: mvn package'

machine=lane-a-$$
lab=$target/lab/$machine
base=$lab/base
media=$lab/media
seed=${LAB_SEED:-$(date +%s)}
mkdir -p "$lab"

# shellcheck source=installer/airgap-lab/nspawn.sh
. "$here/nspawn.sh"
# shellcheck source=installer/airgap-lab/media.sh
. "$here/media.sh"
# shellcheck source=installer/airgap-lab/lane-a-steps.sh
. "$here/lane-a-steps.sh"
# shellcheck source=installer/airgap-lab/lane-a-kills.sh
. "$here/lane-a-kills.sh"
# shellcheck source=installer/airgap-lab/lane-a-soak.sh
. "$here/lane-a-soak.sh"
# shellcheck source=installer/airgap-lab/lane-a-large.sh
. "$here/lane-a-large.sh"
# shellcheck source=installer/airgap-lab/lane-a-units.sh
. "$here/lane-a-units.sh"
# shellcheck source=installer/airgap-lab/lane-a-silence.sh
. "$here/lane-a-silence.sh"
# shellcheck source=installer/airgap-lab/lane-a-refusals.sh
. "$here/lane-a-refusals.sh"

finish() {
    status=$?
    trap - EXIT
    [ "$status" -eq 0 ] || tail -n 40 "$lab/log" >&2 || true
    [ "$status" -eq 0 ] || nspawn_x journalctl -u map-sovereign -n 20 --no-pager -o cat >&2 2>/dev/null || true
    losetup --list --noheadings --output NAME,BACK-FILE 2>/dev/null | while read -r device file; do
        case $file in "$lab"/*) losetup -d "$device" ;; esac
    done
    nspawn_clean || status=1
    [ -n "$keep" ] || rm -rf "$lab"
    exit "$status"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

beside_install_first() {
    step 'installed again: nothing to do' install_again
    step 'purged: the tree is as before' purge
    step 'killed at every step, run again: the same state' kill_everywhere
    step 'uninstall killed at every kind of thing, run again' kill_uninstall
}

beside_calls() {
    step 'unit as hardened as it says' hardened
    step 'restarted under calls: none lost' restart_under_calls
    step 'metrics and registry on the loopback' loopback_ports
    step 'configuration read again' reload_by_systemd
    step 'addresses to connect to: those and no other' egress
    step 'silence proved, and a call out heard' prove_silence
    step 'a secret by LoadCredential' credential
}

beside_export_and_verify() {
    step 'backup units' backup_units
    step 'what comes in on a stick: snapshot, receipts' import_units
}

beside_crash_node() {
    step 'PID 1 killed' crash_host
    step 'a release that is too far ahead is refused' skip
}

beside_upgrade_good() {
    case " ${LAB_ONLY-} " in *' upgrade_large '*) step 'upgraded with a gigabyte of data' upgrade_large ;; esac
    step 'an older release is refused' downgrade
}

beside_rollback_by_hand() {
    step 'upgrade killed half-way, run again' upgrade_killed
    step 'upgrade with another schema, rolled back' upgrade_schema
    step 'two releases in turn, under calls: every answer is in the log' soak
}

beside_export_again() {
    step 'uninstalled with data, installed again' uninstall_keeping
    step 'a mount in the way of a purge is not followed' purge_refused
}

main() {
    step 'media made and signed' make_media first next broken schema far
    step 'corrupted media refused before the first write' refuse_corrupted
    step 'base system' nspawn_base "$target/lab/cache"
    step 'guest booted, network counts' boot_guest
    step 'what stands in the way is said at once' find_everything
    step 'dry run changes nothing' dry_run
    life
    step 'a trial without root, on a host of busybox' busybox_root
    step 'silence, and that it would have been heard' silence
    step 'first boot of an image' image
    printf 'lane A: %d steps checked in %d s\n' "$number" $(($(date +%s) - started))
}

main
