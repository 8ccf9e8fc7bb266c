#!/bin/sh
# The steps of lane B, each a function that ends at the first thing that is not as it should be. Sourced
# by lane-b.sh.
# shellcheck disable=SC2034,SC2154

# What the host has; a boot may say otherwise.
memory=800
any=''

# ------------------------------------------------------------------ the machine

# x [SECONDS] <SCRIPT: run by a shell of the guest; its output, its status.
x() {
    "$here/guest.sh" run "$guest" "${1:-900}"
}

guest_made() {
    "$here/guest.sh" image
    mkdir "$lab/payload"
    cp "$here"/in-guest/* "$lab/payload/"
    truncate -s 1G "$guest/payload.img"
    mke2fs -q -F -t ext4 -d "$lab/payload" "$guest/payload.img"
}

# power_on [OPTION…]: with what the lab needs in the guest, none of which is on its disk.
power_on() {
    "$here/guest.sh" boot "$guest" -no-reboot -m "$memory" "$@"
    x <<'END'
mkdir -p /run/lab && mount -o ro /dev/vdb /run/lab && ls /sys/class/net
END
}

power_off() {
    [ ! -f "$guest/pid" ] || "$here/guest.sh" stop "$guest"
}

# plugged ID LABEL: the stick $lab/ID.img is in, and the guest sees it.
plugged() {
    "$here/guest.sh" plug "$guest" "$1" "$lab/$1.img"
    x 60 <<END
until [ -b /dev/disk/by-label/$2 ]; do sleep 0.1; done
END
}

pull() {
    "$here/guest.sh" pull "$guest" "$1"
}

# with_medium COMMAND…: while the stick with the releases is mounted at /medium.
with_medium() {
    plugged medium MAPMEDIUM
    echo 'mkdir -p /medium && mount -o ro,nosuid,nodev,noexec /dev/disk/by-label/MAPMEDIUM /medium' | x
    "$@"
    echo 'umount /medium && rmdir /medium' | x
    pull medium
}

# ------------------------------------------------------------------ media, memory

# stick NAME BYTES MAKE…: an empty medium.
stick() {
    made=$lab/$1.img
    truncate -s "$2" "$made"
    shift 2
    "$@" "$made"
}

media_on_a_stick() {
    make_media first next broken
    stick medium 256M mkfs.vfat -F 32 -n MAPMEDIUM
    mcopy -s -i "$lab/medium.img" "$media/first" "$media/next" "$media/broken" ::
    stick fat32 64M mkfs.vfat -F 32 -s 1 -n MAPAUDIT
    stick exfat 64M mkfs.exfat -L MAPAUDIT
    unpack_release "$tarball"
}

# installer MEDIUM [OPTION…]: the command line, as an operator types it.
installer() {
    kind=$1
    shift
    echo "sh /medium/$kind/map-sovereign-$(number "$kind")-install.sh --key-sha256 $(fingerprint) --unattended /run/answers $*"
}

answers="$site_answers
ready_within=600"

put_answers() {
    x <<END
cat >/run/answers <<'ANSWERS'
$answers
ANSWERS
END
}

# lab_install MEDIUM [OPTION…]: what it says is in $lab/installer.
lab_install() {
    put_answers
    installer "$@" | with_status x 1500 >"$lab/installer"
    cat "$lab/installer"
    return "$(cat "$lab/status")"
}

# with_status COMMAND…: its status is kept in $lab/status; the installer may fail and the stick comes out all the same.
with_status() {
    set +e
    "$@"
    echo $? >"$lab/status"
    set -e
}

too_little_memory() {
    power_on -m 512
    x <"$here/in-guest/tree" >"$lab/tree.before"
    with_medium expect 3 lab_install first
    grep -q 'MiB of memory; the node needs' "$lab/installer" || broken 'too little memory was not found'
    x <"$here/in-guest/tree" | diff "$lab/tree.before" - || broken 'a refused install left something'
    power_off
    seen "$(sed -n 's/.*stop: //p' "$lab/installer" | head -n 1)"
}

# ------------------------------------------------------------------ install

install_first() {
    power_on
    began_install=$(date +%s)
    with_medium lab_install first
    echo 'cat /etc/map/first-access.json' | x >"$lab/access"
    seen "$(($(date +%s) - began_install)) s; $(sed -n 's/.*note: \(.*MiB of memory\).*/\1/p' "$lab/installer")"
}

access_member() {
    sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" "$lab/access"
}

# ready: waits until the node says so.
ready() {
    x 600 <<'END'
until /run/lab/control ready '{}' 2>/dev/null | grep '"ready":true'; do sleep 0.5; done
END
}

# ------------------------------------------------------------------ calls

# call BODY [KEY-MEMBER]: the answer is in $lab/answer.
call() {
    x 300 <<END >"$lab/answer"
${any:+CALL_ANY=yes} /run/lab/call '$(access_member "${2:-api_key}")' '$1'
END
}

answer_member() {
    sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$lab/answer"
}

resolve() {
    printf '{"protocol":"OAS","operation":"resolve","input":{"did":"%s"}}' "$(access_member agent_did)"
}

# next_record: a call, whose record must be further than the one before it: no index is used twice.
next_record() {
    call "$(resolve)" || broken "$(cat "$lab/answer")"
    further "$(answer_member record_index)"
    echo "$(answer_member record_index) $(answer_member record_hash)" >>"$lab/answers"
    seen "record $(cat "$lab/record")"
}

calls() {
    next_record
    expect 1 call '{"protocol":"MAX","operation":"audit_query","input":{}}' second_api_key
    [ "$(answer_member code)" = capability_denied ] || broken "refused with $(cat "$lab/answer")"
    seen "record $(cat "$lab/record"), then capability_denied"
}

verify_database() {
    x 600 <<'END'
/run/lab/control audit.verify-database '{"database":true}' | grep '"verified":true'
END
}

# ------------------------------------------------------------------ export

# exported: the mounted stick gets an export; what the node says is in $lab/exported.
exported() {
    x 600 <<'END' >"$lab/exported"
/run/lab/control audit.export '{"to":"/media/mapaudit"}'
END
    cat "$lab/exported"
}

# stick_in NAME CHECK…: mounted after a look as a desktop has.
stick_in() {
    plugged "$1" MAPAUDIT
    shift
    x <<END
$* /dev/disk/by-label/MAPAUDIT || [ \$? -le 1 ] || exit 1
mkdir -p /media/mapaudit
mount -o nosuid,nodev,noexec,uid=map,gid=map /dev/disk/by-label/MAPAUDIT /media/mapaudit
END
}

stick_out() {
    echo 'umount /media/mapaudit && rmdir /media/mapaudit' | x
    pull "$1"
}

node_key() {
    x <<'END' | sed -n 's/.*"node_key":"\([^"]*\)".*/\1/p'
/run/lab/control audit.status '{}'
END
}

export_and_verify() {
    stick_in fat32 fsck.vfat -a
    exported
    stick_out fat32
    rm -rf "$lab/read"
    mkdir "$lab/read"
    mcopy -s -n -i "$lab/fat32.img" ::MAP-AUDIT "$lab/read"
    verify_elsewhere "$lab/read/MAP-AUDIT" "$(node_key)"
}

# The node stands still when it is about to sign the second bundle; the stick goes, and comes again.
pulled() {
    stick_in exfat fsck.exfat -p
    exported
    bundle=$(sed -n 's/.*"bundle":"\([^"]*\)".*/\1/p' "$lab/exported")
    next_record
    x 300 <<END
/run/lab/frozen-at openat 1 "${bundle%-*}-$((${bundle##*-} + 1)).part/manifest.sig" \
    /run/lab/control audit.export '{"to":"/media/mapaudit"}'
END
    pull exfat
    x 300 <<'END'
/run/lab/frozen-at go
[ $? -eq 1 ] || exit 9
umount -l /media/mapaudit
END
    next_record
    stick_in exfat fsck.exfat -p
    exported
    stick_out exfat
    mkdir "$lab/exfat"
    device=$(losetup --find --show "$lab/exfat.img")
    mount.exfat-fuse -o ro "$device" "$lab/exfat"
    verify_elsewhere "$lab/exfat/MAP-AUDIT" "$(node_key)"
    umount "$lab/exfat"
    losetup -d "$device"
}

answers_in_the_log() {
    in_the_log "$lab/read/MAP-AUDIT" "$lab/answers" | tee "$lab/counted"
    grep -q ' 0 not found, 0 indexes twice' "$lab/counted" || broken 'an answer is not in the log'
    seen "$(cat "$lab/counted")"
}

# ------------------------------------------------------------------ reboot, crash

# In order: QEMU ends when the machine would begin anew, and is switched on again.
reboot() {
    echo 'systemctl reboot --no-block' | x 60
    tries=0
    while kill -0 "$(cat "$guest/pid")" 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || broken 'the guest does not go down'
        sleep 1
    done
    power_on
    ready
    next_record
    seen "record $(cat "$lab/record"); $(echo 'systemd-analyze critical-chain map-sovereign.service' | x | sed -n 's/.*map-sovereign.service +\(.*\)/\1 to ready/p')"
}

crash_node() {
    x 600 <<'END'
pid=$(systemctl show -P MainPID map-sovereign)
kill -9 "$pid"
until now=$(systemctl show -P MainPID map-sovereign) && [ "$now" != 0 ] && [ "$now" != "$pid" ]; do sleep 0.2; done
END
    ready
    next_record
}

# ------------------------------------------------------------------ power cuts

# call_on [PAUSE]: calls are made from here on until the power goes; what is answered is on the console, which is a file here.
call_on() {
    x <<END
CALL_PAUSE=${1-} setsid /run/lab/call '$(access_member api_key)' '$(resolve)' /dev/ttyS0 </dev/null >/dev/null 2>&1 &
END
}

on_console() {
    tr -d '\r' <"$guest/console" | grep -aoE 'answered [0-9]+ [0-9a-f]{64}$'
}

# power_goes: it is off; what had been answered counts.
power_goes() {
    power_off
    on_console | sed 's/answered //' >"$lab/before_cut" || true
    answered=$(wc -l <"$lab/before_cut")
    cat "$lab/before_cut" >>"$lab/answers"
    [ "$answered" = 0 ] || further "$(tail -n 1 "$lab/before_cut" | cut -d ' ' -f 1)"
}

power_cut() {
    call_on ''
    tries=0
    until [ "$(on_console | wc -l)" -ge 100 ]; do
        tries=$((tries + 1))
        [ "$tries" -lt 300 ] || broken "only $(on_console | wc -l) calls were answered"
        sleep 0.2
    done
    power_goes
    [ "$answered" -ge 100 ] || broken "only $answered calls were answered"
    power_on -m 512
    ready
    next_record
    verify_database
    # shellcheck disable=SC2016
    resident=$(echo 'awk "/VmRSS/ { print int(\$2 / 1024) }" /proc/$(systemctl show -P MainPID map-sovereign)/status' | x)
    seen "$answered answered before; record $(cat "$lab/record"); $resident MiB resident of 512"
}

current() {
    echo 'readlink /opt/map-sovereign/current' | x
}

# cut_in PHASE: an upgrade is begun under calls, and the power cut as soon as that phase is.
cut_in() {
    # The upgrade, too, shall get somewhere.
    call_on 0.3
    plugged medium MAPMEDIUM
    put_answers
    {
        echo 'mkdir -p /medium && mount -o ro /dev/disk/by-label/MAPMEDIUM /medium'
        echo ': >/opt/map-sovereign/install/journal'
        echo "setsid $(installer next) </dev/null >/run/upgrade.log 2>&1 &"
        echo "until grep -q ' $1 begin\$' /opt/map-sovereign/install/journal; do sleep 0.05; kill -0 \$! || { cat /run/upgrade.log; exit 1; }; done"
    } | x 900
    power_goes
    power_on
    phase=$(echo 'sed -n s/^phase=//p /opt/map-sovereign/install/upgrade' | x)
    echo "cut in $1: current is $(current), phase $phase"
    # Written down before that phase began: by it the way back knows whether the database goes too.
    case $1:$phase in
        *: | *:stopping | upgrade-migrating:switched) broken "the power went in $1, and what was written down is '$phase'" ;;
    esac
}

cut_and_rolled_back() {
    cut_in upgrade-migrating
    echo /opt/map-sovereign/current/bin/map-rollback | x
    [ "$(current)" = "releases/$first" ] || broken "current is $(current)"
    ready
    next_record
    verify_database
    seen "$answered answered before; $first runs, record $(cat "$lab/record")"
}

cut_and_run_again() {
    cut_in upgrade-switched
    with_medium lab_install next
    [ "$(current)" = "releases/$(number next)" ] || broken "current is $(current)"
    next_record
    verify_database
    seen "$answered answered before; $(number next) runs, record $(cat "$lab/record")"
}

# ------------------------------------------------------------------ upgrade, rollback

upgrade_good() {
    with_medium lab_install next
    [ "$(current)" = "releases/$(number next)" ] || broken "current is $(current)"
    next_record
    seen "$(sed -n 's/.*started (\(.*\))/\1/p' "$lab/installer"), record $(cat "$lab/record")"
}

upgrade_broken() {
    was=$(current)
    with_medium expect 1 lab_install broken
    [ "$(current)" = "$was" ] || broken "current is $(current)"
    next_record
    verify_database
    seen "${was#releases/} runs, record $(cat "$lab/record"), the index agrees with the log"
}

rollback_by_hand() {
    echo /opt/map-sovereign/current/bin/map-rollback | x
    [ "$(current)" = "releases/$first" ] || broken "current is $(current)"
    next_record
}

# ------------------------------------------------------------------ the clock

# not_ready COMPONENT: waits until /ready names that one.
not_ready() {
    x 600 <<END
until /run/lab/control ready '{}' 2>/dev/null | grep '"component":"$1"'; do sleep 0.5; done
date -u
END
}

# A battery that is empty: the hardware's clock begins years ago. systemd sets one to its own date that lies before
# it, which is still before the release's; so years are set by hand behind that.
clock_back() {
    power_off
    power_on -rtc base=2021-03-04T05:06:07
    not_ready clock
    booted=$(echo 'date -u +%F' | x)
    echo "date -u -s '2021-03-04 05:06:07'" | x
    x <<'END' | grep '"before_floor":true'
/run/lab/control clock.status '{}'
END
    expect 2 call "$(resolve)"
    grep 'not yet valid' "$lab/answer" || broken "a caller who checks says $(cat "$lab/answer")"
    any=yes
    expect 1 call "$(resolve)"
    [ "$(answer_member code)" = audit_unavailable ] || broken "refused with $(cat "$lab/answer")"
    with_medium expect 3 lab_install next --dry-run
    grep 'the clock says' "$lab/installer" || broken 'the installer takes that clock'
    seen "on with $booted, then $(echo 'date -u +%F' | x): audit_unavailable"
}

clock_right() {
    any=''
    echo "date -u -s @$(date +%s)" | x
    set_at=$(date +%s)
    ready
    took=$(($(date +%s) - set_at))
    next_record
    seen "ready after $took s, record $(cat "$lab/record")"
}

clock_ahead() {
    power_off
    power_on -rtc base="$(($(date +%Y) + 4))-06-07T08:09:10"
    not_ready certificate
    expect 2 call "$(resolve)"
    grep 'has expired' "$lab/answer" || broken "a caller who checks says $(cat "$lab/answer")"
    any=yes
    next_record
    seen "$(echo 'date -u +%F' | x): certificate; record $(cat "$lab/record") for who takes it"
}

clock_right_again() {
    power_off
    power_on
    ready
    next_record
    verify_database
}

# ------------------------------------------------------------------ the end

purge() {
    echo '/opt/map-sovereign/current/uninstall.sh --purge' | x
    x <"$here/in-guest/tree" | diff "$lab/tree.before" - || broken 'the tree after the purge differs from the one before the install'
    power_off
    seen "$(wc -l <"$lab/tree.before") lines equal"
}
