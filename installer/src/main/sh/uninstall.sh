#!/bin/sh
# Takes away what the manifest of the install names, last made first, and nothing else.
set -eu

usage() {
    cat <<'END'
Usage: uninstall.sh [--keep-data | --purge] [--dry-run] [--help]

Stops the node and removes programs, units, links, and folders that are empty then.

  --keep-data  (default) keeps configuration, keys, audit log and database, and the user who owns them;
               an install finds them again
  --purge      removes those too. The audit log is gone then, but for what media hold
  --dry-run    says what would be removed
  --help       shows this

No link is followed, and no mount: where something is mounted below a folder that would be removed,
nothing is removed at all. What somebody put beside our files stays, and is named.

Exit codes: 0 removed · 1 something could not be removed, it is named · 2 usage · 3 no permission, no
install, or a mount in the way

Example:
  /opt/map-sovereign/current/uninstall.sh --purge --dry-run
END
}

me=uninstall.sh
here=$(cd "$(dirname "$0")" && pwd -P)
prefix='' root='' purge='' dry_run='' left=0
# shellcheck source=installer/src/main/sh/install/common.sh
. "$here/install/common.sh"

for option in "$@"; do
    case $option in
        --keep-data) purge='' ;;
        --purge) purge=yes ;;
        --dry-run) dry_run=yes ;;
        -h | --help)
            usage
            exit 0
            ;;
        *) fail 2 "unknown option '$option'" "see $me --help" ;;
    esac
done

# mounts_below DIR: also those of the same file system (bind mounts), which `find -xdev` would enter.
mounts_below() {
    awk -v dir="$1" '{ gsub(/\\040/, " ", $5); if ($5 == dir || index($5, dir "/") == 1) print $5 }' \
        /proc/self/mountinfo
}

check() {
    [ -f "$book/manifest" ] || fail 3 "$base has no install that this could remove"
    [ -w "$book" ] || fail 3 "$book cannot be written" 'be who installed it'
    while read -r kind path _; do
        case $kind in
            tree) [ -n "$purge" ] || continue ;;
            release) path=$releases/$path ;;
            *) continue ;;
        esac
        mounted=$(mounts_below "$path")
        [ -z "$mounted" ] || fail 3 "mounted, and not followed: $(printf '%s' "$mounted" | tr '\n' ' ')" \
            'unmount it first; nothing was removed'
        [ ! -h "$path" ] || fail 3 "$path is a link, and not followed" 'nothing was removed'
    done <"$book/manifest"
}

main() {
    base=$(dirname "$(dirname "$here")")
    [ "$base" = /opt/map-sovereign ] || prefix=$base
    set_places
    check
    lines=$(awk '!seen[$0]++ { line[++n] = $0 } END { while (n) print line[n--] }' "$book/manifest")
    if [ -n "$dry_run" ]; then
        printf '%s\n' "$lines" | while read -r kind what; do
            { keeps "$kind" && echo "  = $kind $what"; } || echo "  - $kind $what"
        done
        exit 0
    fi
    lock_book
    stop_node || true
    [ "$mode" = prefix ] || systemctl disable --quiet "$unit" 2>/dev/null || true
    # The site enables that one, if anybody does.
    [ "$mode" != host ] || systemctl disable --now --quiet map-backup.timer 2>/dev/null || true
    nobody_left
    # That the user is ours must be known to a purge after the next install; root alone writes there.
    if [ -z "$purge" ] && [ "$mode" = host ]; then
        printf '%s\n' "$lines" | grep -x 'user map\|group map' | put "$etc/kept" 0600 root:root
    fi
    # This file goes too: the shell has read all of it by now.
    remove "$lines"
    [ "$left" -eq 0 ] || fail 1 "$left thing(s) were left, see above"
    if [ -n "$purge" ]; then
        say 'removed'
    else
        say "removed; kept: $etc, $var"
    fi
}

# keeps KIND: what --keep-data keeps.
keeps() {
    [ -z "$purge" ] || return 1
    case $1 in
        tree | user | group) return 0 ;;
        *) return 1 ;;
    esac
}

# nobody_left: a process of the user could still write where root is about to remove.
nobody_left() {
    [ "$mode" = host ] && [ -n "$purge" ] || return 0
    number=$(id -u map 2>/dev/null) || return 0
    for each in /proc/[0-9]*; do
        [ "$(stat -c %u "$each" 2>/dev/null)" != "$number" ] ||
            fail 3 "process ${each#/proc/} of the user map still runs" 'end it; nothing was removed'
    done
}

remove() {
    while read -r kind what; do
        keeps "$kind" && continue
        case $kind in
            unit) [ "$mode" = prefix ] || systemctl disable --quiet "$what" 2>/dev/null || true ;;
            file | link) rm -f -- "$root$what" ;;
            release) remove_release "$releases/$what" ;;
            tree) remove_tree "$what" ;;
            dir) remove_dir "$root$what" ;;
            user) remove_user ;;
            group) remove_group ;;
            *) leave "a line of the manifest that this release does not know: $kind $what" ;;
        esac
    done <<END
$1
END
    [ "$mode" != host ] || systemctl daemon-reload
}

leave() {
    warn "$1"
    left=$((left + 1))
}

# remove_release DIR: the files that its own MANIFEST names, and the one that map-prepare makes.
remove_release() {
    [ -d "$1" ] || return 0
    if [ -f "$1/MANIFEST" ]; then
        awk '{ print substr($0, index($0, "  ") + 2) }' "$1/MANIFEST" | while IFS= read -r file; do
            rm -f -- "$1/$file"
        done
        rm -f -- "$1/runtime/lib/map.aot" "$1"/runtime/lib/.map.aot.* "$1/MANIFEST"
    fi
    find "$1" -depth -type d -exec rmdir {} + 2>/dev/null || true
    [ ! -d "$1" ] || leave "not ours, and left: $(find "$1" ! -type d | head -n 5 | tr '\n' ' ')"
}

# remove_tree DIR: everything in it; links as links, and no mount is below (see check).
# shellcheck disable=SC2086  # an option or nothing
remove_tree() {
    [ -d "$1" ] || return 0
    # Checked already; against a mount that comes in the meantime, where rm knows how.
    one=
    ! rm --help 2>&1 | grep -q -- --one-file-system || one=--one-file-system
    rm -rf $one -- "$1" || true
    [ ! -d "$1" ] || leave "not empty: $1"
}

remove_dir() {
    if [ "$1" = "$book" ]; then
        # The last that goes with the manifest: its lock is ours until this process ends.
        rm -f -- "$book/journal" "$book/manifest" "$book/answers" "$book/installed" "$book/upgrade" \
            "$book/lock" "$book/step.log" "$book"/placed-* "$book"/*.new
    fi
    [ -d "$1" ] || return 0
    case $1 in
        "$prefix") rmdir "$1" 2>/dev/null || [ -z "$purge" ] || leave "not empty: $1" ;;
        "$base" | "$base"/*) rmdir "$1" 2>/dev/null || leave "not empty: $1" ;;
        # Somebody else may use a folder of the system's by now; that is no failure.
        *) rmdir "$1" 2>/dev/null || true ;;
    esac
}

remove_user() {
    if command -v userdel >/dev/null 2>&1; then
        userdel map 2>/dev/null || leave 'the user map could not be removed'
    elif command -v deluser >/dev/null 2>&1; then
        deluser map || leave 'the user map could not be removed'
    fi
}

# userdel takes the group along where it is the user's alone.
remove_group() {
    grep -q '^map:' /etc/group || return 0
    if command -v groupdel >/dev/null 2>&1; then
        groupdel map 2>/dev/null || leave 'the group map could not be removed'
    else
        delgroup map || leave 'the group map could not be removed'
    fi
}

main
exit
