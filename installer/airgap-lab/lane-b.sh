#!/bin/sh
# Lane B of the lab: the same life as in lane A, on a machine with a kernel, a disk, memory and a clock of its own, and
# no network card: a power cut is one, sticks are plugged and pulled, the clock is years off, memory is short.
set -eu

usage() {
    cat <<'END'
Usage: installer/airgap-lab/lane-b.sh [--release TARBALL] [--keep] [--help]

Needs root, QEMU and what guest.sh missing names, mtools, dosfstools, exfatprogs, exfat-fuse, openssl. More than
an hour on two processors that others use too; no network but for Debian's packages, the first time. .ci/run does not
run it. A signal ends it behind the step that runs.

  --release TARBALL  default: the one below installer/target
  --keep             leaves media, disk and logs of this run below installer/target/lab
  --help             shows this

Environment: MAP_LAB_CACHE, where guest.sh keeps the guest; LAB_ONLY, names of the steps' functions, to run these
alone while one is being written

Exit codes: 0 every step was checked · 1 one failed · 2 usage · 3 something is missing

Example:
  installer/airgap-lab/lane-b.sh
END
}

here=$(cd "$(dirname "$0")" && pwd -P)
target=$(cd "$here/.." && pwd -P)/target
# shellcheck source=installer/airgap-lab/scenario.sh
. "$here/scenario.sh"
read_options "$@"

missing() {
    echo "lane-b.sh: missing: $1; the lane was NOT run" >&2
    exit 3
}

lacking=$("$here/guest.sh" missing)
for tool in mkfs.vfat mkfs.exfat mcopy mount.exfat-fuse losetup openssl; do
    command -v "$tool" >/dev/null 2>&1 || lacking="$lacking $tool"
done
[ -z "$lacking" ] || missing "$(echo "$lacking" | tr '\n' ' ')"
[ -n "$tarball" ] || tarball=$(find "$target" -maxdepth 1 -name 'map-sovereign-[0-9]*-linux-x86_64.tar.gz' | sort | tail -n 1)
[ -s "$tarball" ] || missing 'a release: mvn package'

lab=$target/lab/lane-b-$$
media=$lab/media
guest=$lab/guest
mkdir -p "$guest"

# shellcheck source=installer/airgap-lab/media.sh
. "$here/media.sh"
# shellcheck source=installer/airgap-lab/lane-b-steps.sh
. "$here/lane-b-steps.sh"

# cleaned: nothing of this run is left, and whoever calls this is told if something is.
cleaned() {
    pid=$(cat "$guest/pid" 2>/dev/null || true)
    power_off
    grep -o " $lab/[^ ]*" /proc/self/mounts | while read -r each; do umount "$each"; done
    losetup --list --noheadings --output NAME,BACK-FILE 2>/dev/null | while read -r device file; do
        case $file in "$lab"/*) losetup -d "$device" ;; esac
    done
    left=
    if grep -q " $lab" /proc/self/mounts; then left="$left mount"; fi
    if losetup --list --noheadings --output BACK-FILE 2>/dev/null | grep -q "^$lab"; then left="$left loop"; fi
    if [ -n "$pid" ] && kill -0 "$pid" 2>/dev/null; then left="$left process"; fi
    [ -z "$left" ] || {
        echo "lane-b.sh: left behind:$left" >&2
        return 1
    }
}

finish() {
    status=$?
    trap - EXIT
    [ "$status" -eq 0 ] || {
        tail -n 40 "$lab/log" || true
        [ ! -f "$guest/pid" ] || echo 'journalctl -u map-sovereign -n 20 --no-pager -o cat' | x 60 || true
    } >&2
    cleaned || status=1
    [ -n "$keep" ] || rm -rf "$lab"
    exit "$status"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

beside_export_and_verify() {
    step 'exFAT: pulled in the middle, exported again, verified' pulled
}

beside_crash_node() {
    step 'power cut under calls, on with 512 MiB' power_cut
    step 'power cut during an upgrade: taken back' cut_and_rolled_back
}

beside_rollback_by_hand() {
    step 'power cut during an upgrade: run again' cut_and_run_again
    step 'clock years back' clock_back
    step 'clock set right: without a restart' clock_right
    step 'clock years ahead: repair mode' clock_ahead
    step 'clock right again' clock_right_again
}

beside_export_again() {
    step 'every answer is in the log, under its index' answers_in_the_log
}

main() {
    step 'media made, signed, put on a stick of FAT32' media_on_a_stick
    step 'guest without a network card' guest_made
    step '512 MiB: refused before anything is written' too_little_memory
    life
    printf 'lane B: %d steps checked in %d s\n' "$number" $(($(date +%s) - started))
}

main
