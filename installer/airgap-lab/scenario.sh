#!/bin/sh
# The life of a site, the same in every lane: each part is a function that the lane has for its kind of
# machine, and ends at the first thing that is not as it should be. Sourced by the lanes; needs $lab.
# shellcheck disable=SC2034,SC2154

life() {
    part install_first 'installed from the medium'
    part calls 'calls: one allowed, one refused'
    part export_and_verify 'audit log exported to a stick, verified elsewhere'
    part reboot 'reboot'
    part crash_node 'node killed'
    part upgrade_good 'upgraded'
    part upgrade_broken 'failed upgrade: code and database go back'
    part rollback_by_hand 'rolled back by hand'
    part export_again 'exported again: one history, no index twice'
    part purge 'purged: nothing is left'
}

# part NAME TEXT: that function as a step, then what this lane does beside it.
part() {
    step "$2" "$1"
    ! command -v "beside_$1" >/dev/null || "beside_$1"
}

export_again() {
    export_and_verify
}

# ------------------------------------------------------------------ steps

number=0
started=$(date +%s)

# step TEXT COMMAND…: in a shell of its own, with -e, its output kept for whoever looks for a failure.
step() {
    text=$1
    shift
    case " ${LAB_ONLY:-$1} " in
        *" $1 "*) ;;
        *) return 0 ;;
    esac
    number=$((number + 1))
    began=$(date +%s%3N)
    : >"$lab/said"
    set +e
    (
        set -e
        "$@"
    ) >>"$lab/log" 2>&1
    status=$?
    set -e
    elapsed=$(($(date +%s%3N) - began))
    printf '%2d. %-64s %4d.%01d s  %s%s\n' "$number" "$text" $((elapsed / 1000)) $((elapsed % 1000 / 100)) \
        "$([ "$status" -eq 0 ] || echo 'FAILED ')" "$(cat "$lab/said")"
    [ "$status" -eq 0 ] || exit 1
}

# seen TEXT: what the line of this step says it has seen.
seen() {
    printf '%s' "$*" >"$lab/said"
}

broken() {
    echo "NOT AS IT SHOULD BE: $*"
    exit 1
}

# expect CODE COMMAND…: it must end with that code.
expect() {
    wanted=$1
    shift
    code=0
    "$@" || code=$?
    [ "$code" -eq "$wanted" ] || broken "exit $code instead of $wanted: $*"
}
