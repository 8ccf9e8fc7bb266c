#!/bin/sh
# Everything that would stop an install, found before the first change and told at once. Sourced by
# install.sh. A finding is `stop` (nothing is begun) or `note` (said, and gone on).
# shellcheck disable=SC2154  # places and answers are install.sh's

findings=
stops=0

# found stop|note TEXT [WHAT-TO-DO]
found() {
    [ "$1" != stop ] || stops=$((stops + 1))
    findings="$findings
$1: $2${3:+
      $3}"
}

show_findings() {
    [ -z "$findings" ] || printf '%s\n' "$findings" | sed '1d; s/^/  /' >&2
}

preflight() {
    check_places
    check_machine
    check_clock
    check_memory
    check_space
    check_java
    case $mode in
        host)
            check_systemd
            check_account
            check_conflicts
            ;;
        image) check_image ;;
    esac
    [ "$mode" = image ] || check_ports
    [ -z "$ca_import" ] || check_authority
    check_release_order
}

# ------------------------------------------------------------------ where

check_places() {
    case $mode in
        prefix)
            # A Unix socket's path is at most 107 bytes.
            if [ ${#run} -gt 80 ]; then
                found stop "the path $prefix is longer than a control socket allows" 'choose a shorter one'
            fi
            ;;
        *)
            if [ "$(id -u)" -ne 0 ]; then
                found stop 'an install on a host needs root' 'use --prefix DIR for a trial without root'
            fi
            ;;
    esac
    for place in "$base" "$etc" "$var"; do
        [ ! -h "$place" ] || found stop "$place is a link" 'the uninstaller follows none: use the folder itself'
        there=$(existing "$place")
        [ -d "$there" ] || found stop "$there is no folder"
        [ -w "$there" ] || found stop "$there cannot be written" 'read-only, or another user'
    done
}

# existing PATH: itself, or the nearest folder above that exists.
existing() {
    path=$1
    while [ ! -e "$path" ]; do
        path=$(dirname "$path")
    done
    printf '%s\n' "$path"
}

mount_point() {
    df -P "$(existing "$1")" | awk 'NR == 2 { print $6 }'
}

mount_options() {
    awk -v at="$(mount_point "$1")" '$2 == at { options = $4 } END { print options }' /proc/mounts
}

# ------------------------------------------------------------------ the machine

check_machine() {
    case $(uname -s)-$(uname -m) in
        Linux-x86_64) ;;
        *) found stop "this release is for Linux on x86-64, not $(uname -s) on $(uname -m)" ;;
    esac
    kernel=$(uname -r)
    if ! at_least "$kernel" 4 18; then
        found stop "kernel $kernel is older than 4.18"
    fi
    if [ "$mode" = host ] && ! grep -qs '^ID=debian' /etc/os-release; then
        found note 'this system is not Debian 12, where releases are tested'
    fi
    if [ "$(cat /sys/fs/selinux/enforce 2>/dev/null || echo 0)" = 1 ]; then
        found note 'SELinux enforces here: untested; files have the labels that their folders give'
    fi
    for tool in tar gzip sha256sum awk sed df stat find; do
        command -v "$tool" >/dev/null 2>&1 || found stop "$tool is missing"
    done
}

# at_least VERSION MAJOR MINOR
at_least() {
    printf '%s\n' "$1" | awk -F '[.-]' -v major="$2" -v minor="$3" \
        '{ exit !($1 + 0 > major || ($1 + 0 == major && $2 + 0 >= minor)) }'
}

check_clock() {
    built=$(epoch "$commit_time")
    now=$(date +%s)
    if [ "$now" -lt "$built" ]; then
        found stop "the clock says $(date -u +%Y-%m-%d), before this release was built ($commit_time)" \
            'set the clock: certificates made now would not be valid yet'
    elif [ "$now" -gt $((built + 15 * 366 * 86400)) ]; then
        found stop "the clock says $(date -u +%Y-%m-%d), more than 15 years after this release was built" \
            'set the clock'
    fi
}

check_memory() {
    kib=$(awk '$1 == "MemTotal:" { print $2 }' /proc/meminfo)
    if [ "$kib" -lt $((700 * 1024)) ]; then
        found stop "$((kib / 1024)) MiB of memory; the node needs 700 MiB"
    elif [ "$kib" -lt $((1500 * 1024)) ]; then
        found note "$((kib / 1024)) MiB of memory are enough for the node and for little else"
    fi
}

# ------------------------------------------------------------------ disks

# check_space: what is needed on each mount, added up, against what is free there.
check_space() {
    needs=$(
        echo "$(mount_point "$base") 102400"
        echo "$(mount_point "$etc") 1024"
        echo "$(mount_point "$var") $((262144 + $(database_kib) * 2))"
    )
    for at in $(printf '%s\n' "$needs" | cut -d ' ' -f 1 | sort -u); do
        need=$(printf '%s\n' "$needs" | awk -v at="$at" '$1 == at { sum += $2 } END { print sum }')
        free=$(df -Pk "$at" | awk 'NR == 2 { print $4 }')
        if [ "$free" -lt "$need" ]; then
            found stop "on $at are $((free / 1024)) MiB free, and $((need / 1024)) MiB are needed"
        fi
    done
    for place in "$base" "$etc" "$var"; do
        case ,$(mount_options "$place"), in
            *,ro,*) found stop "$(mount_point "$place") is mounted read-only; $place lies on it" ;;
        esac
    done
    case ,$(mount_options "$base"), in
        *,noexec,*) found stop "$(mount_point "$base") is mounted noexec; $base lies on it" \
            'programs run from there: remount it with exec, or mount another file system at the place' ;;
    esac
}

database_kib() {
    if [ -d "$var/db" ]; then
        du -sk "$var/db" | cut -f 1
    else
        echo 0
    fi
}

# check_java: the truth about libraries, labels and mounts is whether it starts.
check_java() {
    if ! said=$(env -i "$here/runtime/bin/java" -Xmx64m -XX:-UsePerfData -version 2>&1); then
        found stop "the release's Java does not start here" "$(printf '%s' "$said" | head -n 1)"
    fi
}

# ------------------------------------------------------------------ the host

check_systemd() {
    if [ ! -d /run/systemd/system ]; then
        found stop 'systemd does not run here' 'use --prefix DIR, or --root DIR for an image'
        return 0
    fi
    number=$(systemctl --version | awk 'NR == 1 { print $2 }')
    if [ "${number%%.*}" -lt 247 ]; then
        found stop "systemd $number is older than 247"
    fi
}

check_account() {
    entry=$(grep '^map:' /etc/passwd || true)
    if [ -n "$entry" ] && ! grep -qsx 'user map' "$book/manifest"; then
        uid=$(printf '%s' "$entry" | cut -d : -f 3)
        if [ "$uid" -ge 1000 ]; then
            found stop "the user map is a person's (number $uid)" 'a system user of that name is needed'
        else
            found note "the user map exists (number $uid) and is used"
        fi
    fi
}

check_conflicts() {
    if [ -e "$base/current" ] && [ ! -h "$base/current" ]; then
        found stop "$base/current is no link of ours"
    fi
    for file in "$bin/map" "$units/$unit"; do
        if [ -e "$file" ] || [ -h "$file" ]; then
            grep -qs "^[a-z]* $file\$" "$book/manifest" ||
                found stop "$file is there and is not ours" 'move it away'
        fi
    done
    if [ -e "/etc/systemd/system/$unit" ]; then
        found stop "/etc/systemd/system/$unit would take the place of this release's unit" 'move it away'
    fi
    if [ -f "$etc/map.toml" ] && [ ! -f "$book/installed" ]; then
        found note "$etc/map.toml is there and is kept, with the keys and the data beside it"
    fi
}

check_image() {
    for file in etc/passwd etc/group; do
        [ -f "$root/$file" ] || found stop "$root has no $file" 'it must be the root of a Linux system'
    done
}

# Its private keys are read by the node's user from where they lie, and copied to the node's own folder alone.
check_authority() {
    if [ "$mode" = image ]; then
        found stop 'ca_import is no answer for an image: its first boot makes the authority, without that folder' \
            'leave it out, and import on the host: map ca import'
    elif [ -f "$var/ca/root.pem" ]; then
        : # taken over already; the medium may be gone
    elif [ ! -d "$ca_import" ]; then
        found stop "ca_import: no folder $ca_import"
    elif grep -q '^map:' /etc/passwd && [ "$mode" = host ] && ! as_user test -r "$ca_import" -a -x "$ca_import"; then
        found stop "ca_import: the user map cannot read $ca_import" \
            'give it to map for the time of the install: chown -R map, mode 0700'
    fi
}

# A port is in use when a socket listens on it (state 0A of /proc/net/tcp); our own node's do not count.
check_ports() {
    ! node_runs || return 0
    [ "$mode" != host ] || ! units_move || return 0
    for port in $(configured_ports); do
        hex=$(printf '%04X' "$port")
        if cat /proc/net/tcp /proc/net/tcp6 2>/dev/null |
            awk -v p=":$hex\$" '$2 ~ p && $4 == "0A" { busy = 1 } END { exit !busy }'; then
            found stop "port $port is in use" 'end what listens there, or choose another one in the answers'
        fi
    done
}

# units_move: systemd listens for a node that has failed; after a killed installer units may still be stopping.
units_move() {
    # shellcheck disable=SC2086 # names of units
    systemctl is-active $node_sockets $node_proxies "$unit" 2>/dev/null | grep -Eq '^(active|activating|deactivating|reloading)$'
}

configured_ports() {
    printf '%s %s %s\n' "${bind##*:}" "$metrics_port" "${registry_bind##*:}"
}

# ------------------------------------------------------------------ which release comes after which

check_release_order() {
    if [ -f "$book/uninstall" ]; then
        found stop 'an uninstall was interrupted' "finish it: $base/current/uninstall.sh"
    fi
    if [ -f "$book/installed" ]; then
        old=$book/installed
    elif [ -f "$etc/kept" ]; then
        # An uninstall left configuration and data of that release.
        old=$etc/kept
    else
        return 0
    fi
    old_counter=$(fact "$old" counter)
    old_version=$(fact "$old" version)
    [ -n "$old_version" ] || return 0
    if [ "$version" != "$old_version" ] && [ "$counter" -le "$old_counter" ] && [ -z "$allow_downgrade" ]; then
        found stop "$version is not newer than the installed $old_version (counter $counter, installed $old_counter)" \
            'an older release may bring back what was repaired; --allow-downgrade does it all the same'
    fi
    oldest=$(member upgrades_from <"$here/release.json")
    if [ -n "$oldest" ] && [ -z "$allow_skip" ] && older "$old_version" "$oldest"; then
        found stop "$version takes over from $oldest on, and $old_version is $(was_there "$old")" \
            "install a release between them first; --allow-skip does without, which nobody has tried"
    fi
    [ "$old" = "$book/installed" ] || return 0
    if [ "$version" = "$old_version" ] &&
        ! cmp -s "$here/MANIFEST" "$releases/$version/MANIFEST"; then
        found stop "another $version is installed; two releases of one version cannot be told apart" \
            'build it with a version of its own'
    fi
    if [ -f "$book/upgrade" ] && [ "$(fact "$book/upgrade" to)" != "$version" ]; then
        found stop "an upgrade to $(fact "$book/upgrade" to) was interrupted" \
            "run its installer again, or $base/current/bin/map-rollback"
    fi
    if [ "$version" != "$old_version" ]; then
        check_upgrade
    fi
}

was_there() {
    if [ "$1" = "$book/installed" ]; then echo installed; else echo 'what the data here is of'; fi
}

# older A B: by their numbers, one after the other; what follows a hyphen does not count.
older() {
    awk -v a="${1%%-*}" -v b="${2%%-*}" 'BEGIN {
        n = split(a, x, "."); m = split(b, y, ".")
        for (i = 1; i <= n || i <= m; i++)
            if (x[i] + 0 != y[i] + 0) exit !(x[i] + 0 < y[i] + 0)
        exit 1
    }'
}

check_upgrade() {
    case $(database_kind) in
        h2) ;;
        *) [ -n "$database_is_saved" ] || found stop "the database is not the embedded one: back it up" \
            'then say --database-is-saved; a rollback brings back the code alone' ;;
    esac
    if [ "$mode" != image ] && ! said=$(check_config_with "$here" 2>&1); then
        found stop "$version cannot use the configuration" "$(printf '%s' "$said" | head -n 5)"
    fi
    # The gate of the new release would close for the same reason, and the way back would be for nothing.
    if [ -z "$no_start" ] && node_runs && ! said=$(
        # shellcheck disable=SC2034  # as_map runs it
        program=$releases/$old_version/bin/map
        as_map health --output json 2>&1
    ); then
        found stop "$old_version runs and is not ready, so $version would be taken back: $(
            printf '%s' "$said" | sed -n 's/.*"reason":"\([^"]*\)".*/\1/p' | head -n 1)" \
            'mend that first (map health says all), or --no-start, which waits for nothing'
    fi
    extras=$(release_extras "$releases/$old_version" | tr '\n' ' ')
    [ -z "$extras" ] || found note "added to the old release by hand, and not in the new one: $extras"
}

# database_kind: h2, or another word where the configuration names another database.
database_kind() {
    url=$(awk '/^\[/ { table = $1 } table == "[database]" && /^url/ { print; exit }' "$etc/map.toml" 2>/dev/null)
    case $url in
        *'"h2:'* | '') echo h2 ;;
        *) echo other ;;
    esac
}
