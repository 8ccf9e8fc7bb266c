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

One that was killed is finished by running it again, under the same name. A purge that was begun is
finished as a purge.

Exit codes: 0 removed · 1 something could not be removed, it is named: move it away, run this again
· 2 usage · 3 no permission, no install, a mount or a running process in the way

Example:
  /opt/map-sovereign/current/uninstall.sh --purge --dry-run
END
}

me=uninstall.sh
here=$(cd "$(dirname "$0")" && pwd -P)
prefix='' root='' purge='' keep='' dry_run='' left=0
# shellcheck source=installer/src/main/sh/install/common.sh
. "$here/install/common.sh"

for option in "$@"; do
    case $option in
        --keep-data) keep=yes ;;
        --purge) purge=yes ;;
        --dry-run) dry_run=yes ;;
        -h | --help)
            usage
            exit 0
            ;;
        *) fail 2 "unknown option '$option'" "see $me --help" ;;
    esac
done
[ -z "$keep" ] || [ -z "$purge" ] || fail 2 '--keep-data and --purge exclude each other' "see $me --help"

# mounts_below DIR: also those of the same file system (bind mounts), which `find -xdev` would enter.
mounts_below() {
    awk -v dir="$1" '{ gsub(/\\040/, " ", $5); if ($5 == dir || index($5, dir "/") == 1) print $5 }' \
        /proc/self/mountinfo
}

check() {
    [ -f "$book/manifest" ] || fail 3 "$base has no install that this could remove"
    [ -w "$book" ] || fail 3 "$book cannot be written" 'be who installed it'
    if [ "$(fact "$book/uninstall" purge)" = yes ]; then
        [ -z "$keep" ] || fail 3 'a purge was begun here: what is left of the data is not whole' \
            'run this without --keep-data'
        purge=yes
    fi
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
    # Run from a release, or from the book, where one that was killed had put it.
    case $here in
        */install) base=$(dirname "$here") ;;
        *) base=$(dirname "$(dirname "$here")") ;;
    esac
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
    # The site enables these, if anybody does.
    for timer in map-backup.timer map-crl-refresh.timer; do
        [ "$mode" != host ] || systemctl disable --now --quiet "$timer" 2>/dev/null || true
    done
    nobody_left
    # That the user is ours must be known to a purge after the next install, and of which release the data
    # is to that install; root alone writes there.
    if [ -z "$purge" ] && [ -d "$etc" ]; then
        {
            printf '%s\n' "$lines" | grep -x 'user map\|group map' || true
            grep '^version=\|^counter=' "$book/installed" 2>/dev/null || true
        } | put "$etc/kept" 0600 root:root
    fi
    begin
    remove_staging
    remove "$lines"
    [ "$left" -eq 0 ] || fail 1 "$left thing(s) were left, see above" 'move them away, then run this again'
    remove_book
    [ "$left" -eq 0 ] || fail 1 "$left thing(s) were left, see above"
    if [ -n "$purge" ]; then
        say 'removed'
    else
        say "removed; kept: $etc, $var"
    fi
}

# begin: the release may be gone soon, so `current` leads to a copy of this file from here to the end.
begin() {
    version=$(fact "$book/installed" version)
    : "${version:=none}"
    if [ "$here" != "$book" ]; then
        [ -d "$book/install" ] || mkdir "$book/install"
        put "$book/install/common.sh" 0644 root:root <"$here/install/common.sh"
        put "$book/uninstall.sh" 0755 root:root <"$here/uninstall.sh"
    fi
    echo "purge=${purge:-no}" | put "$book/uninstall" 0644 root:root
    put_link install "$base/current"
    rm -rf "$releases"/.old.* "$releases/.place"
}

# keeps KIND: what --keep-data keeps; the user, as long as there is something that is his.
keeps() {
    [ -z "$purge" ] || return 1
    case $1 in
        tree) return 0 ;;
        user | group) [ -d "$etc" ] ;;
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
        case $kind-$root$what in
            # The last to go: see remove_book.
            link-"$base/current" | dir-"$book") continue ;;
            dir-*) case $book in "$root$what"/*) continue ;; esac ;;
        esac
        journal "remove-$kind" begin
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

# remove_book: with this file, the manifest, and every folder around them that is ours and holds nothing
# else. One rename takes all of it away, to where the next install would begin a book of its own.
remove_book() {
    journal remove-book begin
    gone=$book
    while above=$(dirname "$gone") && grep -qxF -- "dir ${above#"$root"}" "$book/manifest" &&
        [ -z "$(find "$above" -mindepth 1 -maxdepth 1 ! -path "$gone" ! -path "$base/current")" ]; do
        gone=$above
    done
    [ "$gone" != "$book" ] || rm -f -- "$base/current"
    place=$(dirname "$gone")/.map-sovereign.book
    rm -rf -- "$place"
    mv "$gone" "$place"
    rm -rf -- "$place"
    [ ! -d "$base" ] || [ "$mode-$purge" = prefix- ] || leave "not empty: $base"
}

leave() {
    warn "$1"
    left=$((left + 1))
}

# remove_release DIR: the files that its own MANIFEST names, and those that map-prepare makes.
remove_release() {
    [ -d "$1" ] || return 0
    if [ -f "$1/MANIFEST" ]; then
        awk '{ print substr($0, index($0, "  ") + 2) }' "$1/MANIFEST" | while IFS= read -r file; do
            rm -f -- "$1/$file"
        done
        rm -rf -- "$1"/runtime/lib/.map.aot.*
        rm -f -- "$1/runtime/lib/map.aot" "$1/runtime/lib/map.aot.of" "$1/MANIFEST"
    fi
    find "$1" -depth -type d -exec rmdir {} + 2>/dev/null || true
    [ ! -d "$1" ] || leave "not ours, and left: $(find "$1" ! -type d | head -n 5 | tr '\n' ' ')"
}

# What a medium's installer had unpacked here when it was killed, for an upgrade say; nobody else would remove it.
remove_staging() {
    place=.map-sovereign.$(printf '%s' "$base" | sha256sum | cut -c 1-16)
    for each in "$base/$place".* "$(dirname "$base")/$place".*; do
        [ -d "$each" ] || continue
        holder=${each##*/"$place".}
        [ "$(process "${holder%%.*}")" = "$holder" ] || rm -rf -- "$each"
    done
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
    [ -d "$1" ] || return 0
    case $1 in
        "$base"/*) rmdir "$1" 2>/dev/null || leave "not empty: $1" ;;
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
