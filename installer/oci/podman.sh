#!/bin/sh
# Containers of a release as the manual says to run them, in a store of our own: that of the machine may
# be anybody's. Sourced by check.sh and the lab's lane C; needs $store, a folder of this run.
# shellcheck disable=SC2034,SC2154

java=/opt/map-sovereign/runtime/bin/java
arguments=@/opt/map-sovereign/java.args
hardened='--network=none --read-only --cap-drop=ALL --security-opt no-new-privileges --user 65532'

# The limits are what the least of machines allows.
cat >"$store/containers.conf" <<'END'
[containers]
default_ulimits = ["nofile=4096:4096", "nproc=4096:4096"]
[engine]
runtime = "runc"
cgroup_manager = "cgroupfs"
events_logger = "file"
END
CONTAINERS_CONF=$store/containers.conf
export CONTAINERS_CONF

pod() {
    podman --root "$store/store" --runroot "$store/run" "$@"
}

# member NAME: of the JSON on standard input, text or number; the first of that name.
member() {
    sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" | head -n 1
}

# remove_store: with the container called map, and what it said where the run failed (STATUS is not 0).
remove_store() {
    [ "$1" -eq 0 ] || pod logs map 2>&1 | tail -n 20 >&2 || true
    pod rm --force --time 5 map >/dev/null 2>&1 || true
    buildah --root "$store/store" --runroot "$store/run" rm --all >/dev/null 2>&1 || true
    umount "$store/store/overlay" 2>/dev/null || true
    rm -rf "$store"
}
