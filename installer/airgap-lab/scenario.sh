#!/bin/sh
# The life of a site, the same in every lane: each part is a function that the lane has for its kind of
# machine, and ends at the first thing that is not as it should be. Sourced by the lanes; its steps need $lab.
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

# ------------------------------------------------------------------ options

# read_options ARGUMENT…: of a lane that installs a release: sets $tarball and $keep.
read_options() {
    tarball='' keep=''
    while [ $# -gt 0 ]; do
        case $1 in
            --release)
                [ $# -ge 2 ] || misused
                tarball=$2
                shift
                ;;
            --keep) keep=yes ;;
            -h | --help)
                usage
                exit 0
                ;;
            *) misused ;;
        esac
        shift
    done
}

misused() {
    usage >&2
    exit 2
}

# ------------------------------------------------------------------ what must hold in every lane

# further RECORD: it was not used before.
further() {
    [ -n "$1" ] || broken 'the answer names no record'
    [ "$1" -gt "$(cat "$lab/record" 2>/dev/null || echo -1)" ] || broken "record $1 was used before"
    echo "$1" >"$lab/record"
}

# unpack_release TARBALL: in $lab/release, for whoever verifies elsewhere.
unpack_release() {
    [ ! -d "$lab/release" ] || return 0
    mkdir "$lab/release"
    gzip -dc "$1" | tar -xf - -C "$lab/release" --strip-components=1
}

# verify_elsewhere FOLDER KEY: by both verifiers, against the visit before. Trust does not come from the stick:
# the node's KEY counts as it was at the first visit.
verify_elsewhere() {
    [ -s "$lab/trust" ] || printf 'log %s\nquorum none\n' "$2" >"$lab/trust"
    visit=--state
    [ -f "$lab/visits" ] || visit=--init-state
    "$lab/release/bin/map-verify" bundle "$1" --trust "$lab/trust" "$visit" "$lab/visits" --output json >"$lab/verdict" ||
        broken "map-verify does not verify: $(cat "$lab/verdict")"
    cat "$lab/verdict"
    grep -q '"verdict":"verified"' "$lab/verdict" || broken 'map-verify does not verify'
    python3 -I "$lab/release/verify.py" "$1" --trust "$lab/trust"
    seen "$(sed -n 's/.*"bundle":"\([^"]*\)".*/\1/p' "$lab/exported" | sed 's/.*MAP-AUDIT.//'), map-verify and verify.py agree"
}

# in_the_log FOLDER ANSWERS: every answer's hash is that of the record of its index.
in_the_log() {
    python3 -I - "$1" "$2" <<'END'
import gzip, os, sys

folder, answers = sys.argv[1:]
lines = set(tuple(line.split()) for line in open(answers))
wanted = dict((int(i), h) for i, h in lines)
text = []
for above, _, names in os.walk(folder):
    for name in names:
        content = open(os.path.join(above, name), 'rb').read()
        text.append(gzip.decompress(content) if content[:2] == b'\x1f\x8b' else content)
whole = b'\n'.join(text)
missing = [i for i, h in wanted.items() if h.encode() not in whole and bytes.fromhex(h) not in whole]
twice = len(lines) - len(wanted)
print('%d answers, %d not found, %d indexes twice' % (len(wanted), len(missing), twice))
sys.exit(bool(missing or twice))
END
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
