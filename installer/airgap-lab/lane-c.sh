#!/bin/sh
# Lane C of the lab: the same life as in lane A, of a container whose image comes from the medium. An
# upgrade is another image on the same volumes.
set -eu

usage() {
    cat <<'END'
Usage: installer/airgap-lab/lane-c.sh [FOLDER] [--help]

FOLDER holds a release, by default installer/target. Needs root, podman, runc, buildah, python3, openssl.

Exit codes: 0 every part was checked · 1 one failed · 2 usage · 3 something is missing
END
}

here=$(cd "$(dirname "$0")" && pwd -P)
target=$(cd "$here/.." && pwd -P)/target
case ${1-} in
    -h | --help)
        usage
        exit 0
        ;;
    -*)
        usage >&2
        exit 2
        ;;
esac
folder=$(cd "${1:-$target}" && pwd -P)

missing() {
    echo "lane-c.sh: $1; the lane was NOT run" >&2
    exit 3
}

[ "$(id -u)" -eq 0 ] || missing 'root is needed for containers'
for tool in podman runc buildah python3 openssl tar sha256sum; do
    command -v "$tool" >/dev/null 2>&1 || missing "$tool is missing"
done
archive=$(find "$folder" -maxdepth 1 -name 'map-sovereign-*.oci.tar' | sort | tail -n 1)
[ -n "$archive" ] || missing "no image in $folder: mvn package"
first=${archive##*/map-sovereign-}
first=${first%.oci.tar}

lab=$(mktemp -d)
store=$lab
# shellcheck source=installer/oci/podman.sh
. "$here/../oci/podman.sh"
# shellcheck source=installer/airgap-lab/scenario.sh
. "$here/scenario.sh"
# shellcheck source=installer/airgap-lab/lane-c-steps.sh
. "$here/lane-c-steps.sh"

finish() {
    status=$?
    trap - EXIT
    [ "$status" -eq 0 ] || tail -n 40 "$lab/log" >&2 || true
    remove_store "$status"
    exit "$status"
}
trap finish EXIT
trap 'exit 1' HUP INT TERM

life
printf 'lane C: %d steps checked in %d s\n' "$number" $(($(date +%s) - started))
