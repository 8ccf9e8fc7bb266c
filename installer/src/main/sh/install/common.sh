#!/bin/sh
# What install.sh, uninstall.sh and map-rollback share: where everything is, the book that they keep,
# and how they speak. Sourced; needs $prefix and $root (empty or absolute).
# shellcheck disable=SC2034,SC2154  # variables are set and read by who sources this

say() {
    printf '%s\n' "$*"
}

warn() {
    printf '%s: %s\n' "$me" "$*" >&2
}

# fail CODE TEXT [WHAT-TO-DO]
fail() {
    printf '%s: %s\n' "$me" "$2" >&2
    [ -z "${3-}" ] || printf '    %s\n' "$3" >&2
    exit "$1"
}

# ------------------------------------------------------------------ places

# set_places: three forms. A host; an image below $root that starts later; a folder without root.
set_places() {
    if [ -n "$prefix" ]; then
        mode=prefix
        base=$prefix
        etc=$prefix/etc
        var=$prefix/var
        run=$prefix/run
        bin=$prefix/bin
    else
        mode=host
        [ -z "$root" ] || mode=image
        base=$root/opt/map-sovereign
        etc=$root/etc/map
        var=$root/var/lib/map
        run=/run/map
        bin=$root/usr/local/bin
    fi
    units=$root/usr/local/lib/systemd/system
    sysusers=$root/usr/local/lib/sysusers.d
    book=$base/install
    releases=$base/releases
    unit=map-sovereign.service
}

# ------------------------------------------------------------------ the book

# make_book: the folders above it that are missing appear together with the manifest that names them, by
# one rename; so nothing of ours is ever there without a line.
make_book() {
    [ ! -d "$book" ] || return 0
    top=$book missing=
    while [ ! -d "$top" ]; do
        missing="$top $missing"
        top=$(dirname "$top")
    done
    first=${missing%% *}
    fresh=$top/.map-sovereign.book
    rm -rf "$fresh"
    (umask 022 && mkdir -p "$fresh${book#"$first"}")
    for each in $missing; do
        echo "dir ${each#"$root"}"
    done >"$fresh${book#"$first"}/manifest"
    # What uninstall.sh --keep-data left of ours, by its own word.
    if [ "$mode" = host ] && [ -f "$etc/kept" ]; then
        grep -x 'user map\|group map' "$etc/kept" | sort >>"$fresh${book#"$first"}/manifest" || true
    fi
    sync -f "$fresh" 2>/dev/null || sync
    mv "$fresh" "$first"
}

# lock_book: by a link, which only one can make; it names a process and its start, so that one that was
# killed holds nothing. (busybox has no flock everywhere.)
lock_book() {
    ours=$(process $$)
    if ! ln -s "$ours" "$book/lock" 2>/dev/null; then
        holder=$(readlink "$book/lock" || true)
        [ "$(process "${holder%%.*}")" != "$holder" ] ||
            fail 3 "another installer works on $base (process ${holder%%.*})" 'wait until it has ended'
        rm -f "$book/lock"
        ln -s "$ours" "$book/lock" || fail 3 "another installer works on $base" 'wait until it has ended'
    fi
    trap 'rm -f "$book/lock"' EXIT
    trap 'exit 1' HUP INT TERM
}

# process PID: the number and when it started, in ticks since boot; nothing for one that has ended and
# waits to be collected.
process() {
    printf '%s.%s\n' "$1" "$(sed 's/.*) //' "/proc/$1/stat" 2>/dev/null |
        awk '$1 !~ /[ZX]/ { print $20 }')"
}

# journal STEP begin|done|failed
journal() {
    printf '%s %s %s %s\n' "$(date -u +%Y-%m-%dT%H:%M:%SZ)" "$version" "$1" "$2" >>"$book/journal"
}

# note LINE: a line of the manifest, durable before what it names is made.
note() {
    grep -qxF -- "$1" "$book/manifest" 2>/dev/null && return 0
    printf '%s\n' "$1" >>"$book/manifest"
    flush "$book/manifest"
}

# fact FILE NAME: the value of NAME in a file of name=value lines; empty when it has none.
fact() {
    [ -f "$1" ] || return 0
    sed -n "s/^$2=//p" "$1" | head -n 1
}

# member NAME: that text, number or boolean member of the JSON on standard input.
member() {
    tr -d '\n' | sed -n "s/.*\"$1\":[[:space:]]*\(\"\([^\"]*\)\"\|\([0-9a-z.-]*\)\).*/\2\3/p"
}

# epoch TIME: seconds of an RFC 3339 time in UTC; busybox wants the form of it said.
epoch() {
    date -u -d "$1" +%s 2>/dev/null || date -u -D '%Y-%m-%dT%H:%M:%SZ' -d "$1" +%s
}

# ------------------------------------------------------------------ files

# flush PATH…: on the disk, whatever happens next.
flush() {
    sync "$@" 2>/dev/null || sync
}

# make_dir PATH MODE OWNER: and notes it, if it was not there.
make_dir() {
    if [ ! -d "$1" ]; then
        make_parents "$1"
        note "dir ${1#"$root"}"
        mkdir "$1"
    fi
    chmod "$2" "$1"
    own "$3" "$1"
}

# make_parents PATH: the folders above it that are missing; ours, since nobody had them.
make_parents() {
    above=$(dirname "$1")
    if [ ! -d "$above" ]; then
        make_parents "$above"
        above=$(dirname "$1")
        note "dir ${above#"$root"}"
        mkdir "$above"
        chmod 0755 "$above"
    fi
}

# own OWNER PATH: only root gives files away; an image has users of its own numbers.
own() {
    case $mode in
        host) chown -h "$1" "$2" ;;
        image) chown -h "$(numbers "$1")" "$2" ;;
    esac
}

# numbers USER:GROUP of the image.
numbers() {
    printf '%s:%s' "$(awk -F: -v n="${1%:*}" '$1 == n { print $3 }' "$root/etc/passwd")" \
        "$(awk -F: -v n="${1#*:}" '$1 == n { print $3 }' "$root/etc/group")"
}

# put PATH MODE OWNER: standard input becomes that file, at once or not at all, and durably: its name too, which
# the folder has. Needs set -e.
put() {
    rm -f "$1.new"
    (umask 077 && cat >"$1.new")
    chmod "$2" "$1.new"
    own "$3" "$1.new"
    flush "$1.new"
    mv -f "$1.new" "$1"
    flush "$(dirname "$1")"
}

# put_link TARGET PATH: the same for a link.
put_link() {
    rm -f "$2.new"
    ln -s "$1" "$2.new"
    mv -fT "$2.new" "$2" 2>/dev/null || {
        rm -f "$2"
        mv -f "$2.new" "$2"
    }
    flush "$(dirname "$2")"
}

# ------------------------------------------------------------------ releases

# release_findings DIR: what in DIR is not as its MANIFEST says; nothing when all is.
release_findings() {
    if [ ! -f "$1/MANIFEST" ]; then
        echo 'MANIFEST is missing'
        return 0
    fi
    (
        cd "$1" || exit 0
        cut -d ' ' -f 2- MANIFEST | sha256sum -c - 2>&1 | grep -v ': OK$' || true
        find . ! -type f ! -type d | sed 's/^/neither file nor folder: /'
        for mode_wanted in 0755 0644; do
            awk -v m="$mode_wanted" '$1 == m { print "./" substr($0, index($0, "  ") + 2) }' MANIFEST |
                xargs stat -c '%a %n' 2>/dev/null |
                grep -v "^${mode_wanted#0} " | sed 's/^/other mode: /' || true
        done
    )
}

# release_extras DIR: files there that MANIFEST does not know; what map-prepare makes is the host's.
release_extras() {
    (
        cd "$1" || exit 0
        find . -type f | sed 's|^\./||' | sort |
            awk 'NR == FNR { known[substr($0, index($0, "  ") + 2)] = 1; next }
                 !($0 in known) && $0 != "MANIFEST" && $0 !~ "^runtime/lib/map[.]aot([.]of)?$"' MANIFEST -
    )
}

# current_version: of the release that `current` names; empty when there is none.
current_version() {
    [ -L "$base/current" ] || return 0
    basename "$(readlink "$base/current")"
}

# ------------------------------------------------------------------ the program

# as_user COMMAND…: as the user that the node runs as.
as_user() {
    if [ "$mode" = prefix ]; then
        "$@"
    elif command -v runuser >/dev/null 2>&1; then
        runuser -u map -- "$@"
    else
        # su has one string for all arguments.
        quoted=
        for each in "$@"; do
            quoted="$quoted '$(printf '%s' "$each" | sed "s/'/'\\\\''/g")'"
        done
        su -s /bin/sh map -c "exec $quoted"
    fi
}

# as_map VERB…: the release's map, with nothing inherited; by the process of begin_verbs where there is one
# of this release that still answers.
as_map() {
    if [ "${verbs-}" = "$program" ] && (verb_line "$@" >&8) 2>/dev/null; then
        while IFS= read -r verb_answer <&9; do
            case $verb_answer in
                'o '*) printf '%s\n' "${verb_answer#o }" ;;
                'e '*) printf '%s\n' "${verb_answer#e }" >&2 ;;
                'x '*) return "${verb_answer#x }" ;;
            esac
        done
    fi
    map_alone "$@"
}

verb_line() {
    printf '%s' "$1"
    shift
    [ $# -eq 0 ] || printf '\t%s' "$@"
    echo
}

# begin_verbs: one process of the release for all verbs from here on, since Java takes longer to start than
# most of them to do. It ends with this shell; what it is asked and answers goes over descriptors 8 and 9.
begin_verbs() {
    [ "${verbs-}" != "$program" ] || return 0
    end_verbs
    command -v mkfifo >/dev/null 2>&1 || return 0
    rm -f "$book/ask" "$book/told"
    (umask 077 && mkfifo "$book/ask" "$book/told")
    map_alone batch <"$book/ask" >"$book/told" 2>/dev/null &
    verbs_process=$!
    exec 8>"$book/ask" 9<"$book/told"
    rm -f "$book/ask" "$book/told"
    verbs=$program
}

end_verbs() {
    [ -n "${verbs-}" ] || return 0
    exec 8>&- 9<&-
    wait "$verbs_process" || true
    verbs=''
}

map_alone() {
    if [ "$mode" = prefix ]; then
        env -i PATH=/usr/bin:/bin HOME="$prefix" MAP_CONFIG="$etc/map.toml" "$program" "$@"
    else
        as_user env -i PATH=/usr/bin:/bin HOME=/var/lib/map "$program" "$@"
    fi
}

# ------------------------------------------------------------------ the node

node_pid() {
    cat "$run/node.pid" 2>/dev/null || true
}

# What listens for the node, and what carries its loopback ports; older releases have neither.
node_sockets='map-sovereign.socket map-sovereign-metrics.socket map-sovereign-registry.socket'
node_proxies='map-sovereign-metrics.service map-sovereign-registry.service'

# placed UNIT…: those that are there.
placed() {
    for each in "$@"; do
        [ ! -f "$units/$each" ] || echo "$each"
    done
}

node_runs() {
    case $mode in
        host) systemctl is-active --quiet "$unit" ;;
        prefix) [ -n "$(node_pid)" ] && kill -0 "$(node_pid)" 2>/dev/null ;;
        *) false ;;
    esac
}

# stop_node: waits until it has stopped.
stop_node() {
    case $mode in
        # The sockets first, in one go: a caller would start the node again.
        host)
            # shellcheck disable=SC2046,SC2086  # names of units
            systemctl stop $(placed $node_sockets $node_proxies) "$unit"
            ;;
        prefix)
            pid=$(node_pid)
            if [ -n "$pid" ] && kill -TERM "$pid" 2>/dev/null; then
                while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
            fi
            rm -f "$run/node.pid"
            ;;
    esac
}

# start_node: and waits until it says that it is ready; status 1 when it does not within
# $ready_within seconds.
start_node() {
    until_time=$(($(date +%s) + ready_within))
    case $mode in
        host)
            # shellcheck disable=SC2046,SC2086
            systemctl reset-failed "$unit" $(placed $node_sockets) 2>/dev/null || true
            # shellcheck disable=SC2046,SC2086
            systemctl start --no-block $(placed $node_sockets) "$unit" || return 1
            ;;
        prefix)
            # Whoever started this may go: the node has a session of its own.
            if ! node_runs; then
                env -i PATH=/usr/bin:/bin HOME="$prefix" MAP_CONFIG="$etc/map.toml" \
                    setsid "$program" serve >>"$var/node.log" 2>&1 </dev/null 8>&- 9<&- &
                echo $! >"$run/node.pid"
            fi
            ;;
    esac
    while [ "$(date +%s)" -le "$until_time" ]; do
        # systemd knows without a Java of ours that it has not begun to answer.
        if [ "$mode" = host ] && [ "$(systemctl is-active "$unit")" = activating ]; then
            sleep 0.1
            continue
        fi
        if as_map health >/dev/null 2>&1; then
            return 0
        fi
        case $mode in
            host) ! systemctl is-failed --quiet "$unit" || return 1 ;;
            prefix) node_runs || return 1 ;;
        esac
        sleep 0.2
    done
    return 1
}

# node_said: the end of its log, for whoever has to find out why it is not ready.
node_said() {
    case $mode in
        host) journalctl -u "$unit" -n 15 --no-pager -o cat 2>/dev/null ;;
        prefix) tail -n 15 "$var/node.log" 2>/dev/null ;;
    esac | sed 's/^/    /' >&2
}
