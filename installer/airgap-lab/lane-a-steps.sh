#!/bin/sh
# The steps of lane A, each a function that ends at the first thing that is not as it should be. Sourced
# by lane-a.sh.
# shellcheck disable=SC2034,SC2154

# ------------------------------------------------------------------ the guest

boot_guest() {
    nspawn_network
    # Before a backup it is asked for room as if nothing in it became smaller.
    truncate -s 256M "$lab/stick.img"
    mkfs.ext4 -q -E root_owner=0:0 "$lab/stick.img"
    boot
    tree >"$lab/tree.before"
    seen "$(nspawn_x systemctl is-system-running || true), $(wc -l <"$lab/tree.before") files"
}

boot() {
    nspawn_up --bind-ro="$media:/medium"
}

tree() {
    nspawn_x sh -s <"$here/in-guest/tree"
}

answers="$site_answers
ready_within=60"
answers_more=''

put_answers() {
    printf '%s\n' "$answers" "$answers_more" | nspawn_x tee /run/answers >/dev/null
}

# lab_install MEDIUM [OPTION…]: as an operator would, from the medium.
lab_install() {
    from_medium=$1
    shift
    put_answers
    nspawn_x sh "/medium/$from_medium/$(basename "$media/$from_medium"/map-sovereign-*-install.sh)" \
        --key-sha256 "$(fingerprint)" --unattended /run/answers "$@"
}

# with_authority COMMAND…: with an answer that names an authority to take over.
with_authority() {
    answers_more=ca_import=/media/authority
    with_status=0
    "$@" || with_status=$?
    answers_more=''
    return "$with_status"
}

state() {
    nspawn_x /opt/map-sovereign/current/install.sh --state
}

state_hash() {
    state | sha256sum | cut -c 1-16
}

find_everything() {
    nspawn_x sh -c 'mount -t tmpfs -o size=150m,noexec tmpfs /opt; echo "/usr/local/bin/map" >/usr/local/bin/map'
    nspawn_x python3 -V 2>/dev/null && broken 'the guest has a python'
    expect 3 lab_install first >"$lab/findings" 2>&1
    nspawn_x sh -c 'umount /opt; rm /usr/local/bin/map'
    cat "$lab/findings"
    grep -q 'MiB free' "$lab/findings" || broken 'a full disk was not found'
    nspawn_x sh -c 'mount -t tmpfs -o size=400m,noexec tmpfs /opt; echo x >/usr/local/bin/map'
    expect 3 lab_install first >"$lab/findings" 2>&1
    nspawn_x sh -c 'ls -A /opt; umount /opt; rm /usr/local/bin/map'
    cat "$lab/findings"
    for finding in 'mounted noexec' 'Java does not start' 'usr/local/bin/map is there and is not ours'; do
        grep -q "$finding" "$lab/findings" || broken "not found: $finding"
    done
    expect 3 with_authority lab_install first >"$lab/findings.authority" 2>&1
    grep -q 'ca_import: no folder /media/authority' "$lab/findings.authority" || broken 'not found: ca_import'
    tree | diff "$lab/tree.before" - || broken 'a refused install left something'
    seen "$(grep -c 'stop:' "$lab/findings") findings in one run"
}

dry_run() {
    lab_install first --dry-run
    tree | diff "$lab/tree.before" - || broken 'a dry run changed the guest'
}

# By somebody at a terminal, one of whose answers cannot be: what follows must find the same state when
# the answers are in a file.
install_first() {
    printf '%s\n' Lab_1 lab Lab acme lab.example,localhost,127.0.0.1 '' '' '' '' 60 '' quick >"$lab/typed"
    began_install=$(date +%s%3N)
    python3 -I "$here/typed.py" "$lab/typed" nsenter -t "$(nspawn_leader)" -m -u -i -n -p -C -r -w -- /usr/bin/env -i \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root TERM=dumb \
        sh "/medium/first/map-sovereign-$first-install.sh" --key-sha256 "$(fingerprint)" | tee "$lab/terminal"
    grep -q "the answer node_name cannot be 'Lab_1'" "$lab/terminal" || broken 'an answer that cannot be was taken'
    until_call=$(($(date +%s%3N) - began_install))
    nspawn_x map invoke MAX health_check --help >/dev/null
    invoke MAX health_check '{}'
    state >"$lab/state"
    [ "$(nspawn_x /opt/map-sovereign/current/install.sh --state-hash)" = "$(sha256sum <"$lab/state" | cut -d ' ' -f 1)" ] ||
        broken 'the state hash is of something else'
    seen "$((until_call / 1000)).$((until_call % 1000 / 100)) s, state $(state_hash)"
}

install_again() {
    lab_install first >"$lab/again"
    cat "$lab/again"
    grep -q 'nothing to do' "$lab/again" || broken 'a second run did something'
    state | diff "$lab/state" - || broken 'a second run changed the state'
}

purge() {
    nspawn_x /opt/map-sovereign/current/uninstall.sh --purge
    tree | diff "$lab/tree.before" - || broken 'the tree after the purge differs from the one before the install'
    nspawn_x systemctl status map-sovereign && broken 'the unit is still known'
    seen "$(wc -l <"$lab/tree.before") lines equal"
}

# ------------------------------------------------------------------ calls

access_member() {
    nspawn_x cat /etc/map/first-access.json | sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}

# invoke PROTOCOL OPERATION INPUT [KEY-MEMBER]: the answer is in $lab/answer.
invoke() {
    nspawn_x env MAP_TLS_CA=/var/lib/map/ca/root.pem MAP_API_URL=https://127.0.0.1:8443 \
        MAP_API_KEY="$(cat "$lab/key.${4-api_key}" 2>/dev/null || access_member "${4-api_key}")" \
        map invoke "$1" "$2" --input "$3" --output json >"$lab/answer"
}

answer_member() {
    sed -n "s/.*\"$1\":\"\{0,1\}\([^\",}]*\).*/\1/p" "$lab/answer"
}

# next_record: a call, whose record must be further than the one before it: no index is used twice.
next_record() {
    invoke OAS resolve "{\"did\":\"$(access_member agent_did)\"}"
    further "$(answer_member record_index)"
}

calls() {
    access_member api_key >"$lab/key.api_key"
    next_record
    if invoke MAX audit_query '{}' second_api_key; then broken 'the second agent may query'; fi
    [ "$(answer_member code)" = capability_denied ] || broken "refused with $(cat "$lab/answer")"
    seen "record $(cat "$lab/record"), then capability_denied"
}

hardened() {
    nspawn_x systemd-analyze security --offline=true --threshold=5 /usr/local/lib/systemd/system/map-sovereign.service >"$lab/security"
    nspawn_x systemd-analyze verify /usr/local/lib/systemd/system/map-sovereign.service
    pid=$(nspawn_x systemctl show -p MainPID --value map-sovereign)
    nspawn_x grep -E '^(CapBnd|CapEff):.0000000000000000$' "/proc/$pid/status" | wc -l | grep -qx 2 ||
        broken 'the node has capabilities'
    nspawn_x grep -E '^(NoNewPrivs:.1|Seccomp:.2)$' "/proc/$pid/status" | wc -l | grep -qx 2 ||
        broken 'no seccomp filter'
    nspawn_x systemctl show -p StatusText --value map-sovereign | grep -qx ready ||
        broken "systemd was told: $(nspawn_x systemctl show -p StatusText --value map-sovereign)"
    [ "$(nspawn_x systemctl show -p NRestarts --value map-sovereign)" = 0 ] || broken 'it was started again'
    # shellcheck disable=SC2016
    memory=$(nspawn_x awk '$1 == "VmRSS:" { print $2 }' "/proc/$pid/status")
    seen "exposure $(sed -n 's/.*exposure level for [^:]*: \([0-9.]*\).*/\1/p' "$lab/security"), $((memory / 1024)) MiB resident"
}

# A secret that root alone reads comes through systemd, as the install guide shows it.
credential() {
    nspawn_x sh -c 'cp -p /etc/map/map.toml /run/map.toml.kept
        (umask 077 && echo h2:/var/lib/map/db/map >/etc/map/db.url)
        sed -i "s|^url = .*|url_file = \"/run/credentials/map-sovereign.service/db\"|" /etc/map/map.toml
        mkdir -p /run/systemd/system/map-sovereign.service.d
        printf "[Service]\nLoadCredential=db:/etc/map/db.url\n" >/run/systemd/system/map-sovereign.service.d/lab.conf
        systemctl daemon-reload && systemctl restart map-sovereign'
    next_record
    nspawn_x sh -c 'runuser -u map -- cat /etc/map/db.url' && broken 'the secret is not root alone'
    nspawn_x sh -c 'cp -p /run/map.toml.kept /etc/map/map.toml; rm /etc/map/db.url
        rm -r /run/systemd/system/map-sovereign.service.d; systemctl daemon-reload; systemctl restart map-sovereign'
    next_record
}

# ------------------------------------------------------------------ export

# The stick is an ext4 file behind a loop device, mounted in the guest while the node runs; it is read
# outside without being mounted.
stick_in() {
    device=$(losetup --find --show "$lab/stick.img")
    numbers=$(lsblk -dno MAJ:MIN "$device" | tr -d ' ')
    nspawn_x sh -c "rm -f /dev/stick; mknod -m 600 /dev/stick b ${numbers%:*} ${numbers#*:}; mkdir -p /media/mapaudit
        mount -o nosuid,nodev,noexec /dev/stick /media/mapaudit && chown map:map /media/mapaudit"
}

stick_out() {
    nspawn_x sh -c 'umount /media/mapaudit; rmdir /media/mapaudit; rm /dev/stick'
    losetup -d "$device"
}

# read_stick: what is on it in $lab/read, without the guest.
read_stick() {
    rm -rf "$lab/read"
    mkdir "$lab/read"
    debugfs -R "rdump /MAP-AUDIT $lab/read" "$lab/stick.img" 2>&1
}

export_and_verify() {
    stick_in
    nspawn_x map audit export --to /media/mapaudit --output json >"$lab/exported"
    cat "$lab/exported"
    node_key=$(nspawn_x map audit status --output json | sed -n 's/.*"node_key":"\([^"]*\)".*/\1/p')
    stick_out
    read_stick
    unpack_release "$tarball"
    verify_elsewhere "$lab/read/MAP-AUDIT" "$node_key"
}

# ------------------------------------------------------------------ reboot, crash

ready() {
    tries=0
    until nspawn_x map health >/dev/null 2>&1; do
        [ $tries -lt 100 ] || broken 'the node is not ready'
        tries=$((tries + 1))
        sleep 0.2
    done
}

reboot() {
    # As after an install with the answers' default.
    nspawn_x /opt/map-sovereign/current/bin/map-prepare
    nspawn_reboot
    ready
    next_record
    seen "record $(cat "$lab/record"); $(nspawn_x systemd-analyze critical-chain map-sovereign.service | sed -n 's/.*map-sovereign.service +\(.*\)/\1 to ready/p')"
}

crash_node() {
    pid=$(nspawn_x systemctl show -p MainPID --value map-sovereign)
    nspawn_x kill -9 "$pid"
    started_again "$pid"
    next_record
    nspawn_x sh -c 'mkdir -p /run/systemd/system/map-sovereign.service.d && printf "[Service]\nWatchdogSec=3\n" \
        >/run/systemd/system/map-sovereign.service.d/lab.conf && systemctl daemon-reload && systemctl restart map-sovereign'
    ready
    pid=$(nspawn_x systemctl show -p MainPID --value map-sovereign)
    sleep 4
    [ "$(nspawn_x systemctl show -p MainPID --value map-sovereign)" = "$pid" ] || broken 'the watchdog bit a node that answers'
    nspawn_x kill -STOP "$pid"
    started_again "$pid"
    next_record
    nspawn_x sh -c 'rm -r /run/systemd/system/map-sovereign.service.d; systemctl daemon-reload; systemctl restart map-sovereign'
    ready
    seen "record $(cat "$lab/record")"
}

# started_again PID: systemd has another one that is ready.
started_again() {
    tries=0
    while :; do
        now=$(nspawn_x systemctl show -p MainPID --value map-sovereign)
        if [ "$now" != 0 ] && [ "$now" != "$1" ] && nspawn_x map health >/dev/null 2>&1; then return 0; fi
        [ $tries -lt 150 ] || broken "process $1 was not started again"
        tries=$((tries + 1))
        sleep 0.2
    done
}

crash_host() {
    nspawn_crash
    boot
    ready
    next_record
    seen "record $(cat "$lab/record")"
}

# ------------------------------------------------------------------ upgrade, rollback

current() {
    nspawn_x readlink /opt/map-sovereign/current
}

upgrade_good() {
    lab_install next >"$lab/upgrade"
    cat "$lab/upgrade"
    [ "$(current)" = "releases/$first.1" ] || broken "current is $(current)"
    next_record
    seen "$(sed -n 's/.*started (\(.*\))/\1/p' "$lab/upgrade"), record $(cat "$lab/record")"
}

downgrade() {
    expect 3 lab_install first >"$lab/refusal" 2>&1
    cat "$lab/refusal"
    grep -q 'is not newer than the installed' "$lab/refusal" || broken 'refused for another reason'
    next_record
}

skip() {
    expect 3 lab_install far >"$lab/refusal" 2>&1
    cat "$lab/refusal"
    grep -q "$first.4 takes over from $first.4 on, and $first is installed" "$lab/refusal" || broken 'refused for another reason'
    next_record
    lab_install far --allow-skip --dry-run
    nspawn_x /opt/map-sovereign/current/uninstall.sh
    expect 3 lab_install far >"$lab/refusal" 2>&1
    grep -q "and $first is what the data here is of" "$lab/refusal" || broken 'kept data was skipped over'
    lab_install first
    next_record
}

rollback_by_hand() {
    nspawn_x /opt/map-sovereign/current/bin/map-rollback
    [ "$(current)" = "releases/$first" ] || broken "current is $(current)"
    next_record
    nspawn_x map health >/dev/null
    seen "record $(cat "$lab/record")"
}

upgrade_broken() {
    was=$(current)
    next_record
    expect 1 lab_install broken >"$lab/upgrade" 2>&1
    cat "$lab/upgrade"
    [ "$(current)" = "$was" ] || broken "current is $(current)"
    nspawn_x test ! -e /opt/map-sovereign/install/upgrade || broken 'the upgrade is still under way'
    next_record
    nspawn_x map audit verify --database --output json
    # The way back, killed: map-rollback finishes it.
    nspawn_x sh -c ': >/opt/map-sovereign/install/journal'
    in_background sh "/medium/broken/map-sovereign-$first.2-install.sh" --key-sha256 "$(fingerprint)" --unattended /run/answers
    wait_for_step upgrade-returning "$run" || broken 'the run ended before it went back'
    kill_run
    nspawn_x "/opt/map-sovereign/$was/bin/map-rollback"
    [ "$(current)" = "$was" ] || broken "current is $(current)"
    next_record
    nspawn_x map audit verify --database --output json
    seen "${was#releases/} runs, record $(cat "$lab/record"), the index agrees with the log"
}

upgrade_schema() {
    lab_install schema
    [ "$(current)" = "releases/$first.3" ] || broken "current is $(current)"
    next_record
    expect 1 nspawn_x /opt/map-sovereign/current/bin/map-rollback
    nspawn_x test -e /var/lib/map/db/lab-schema || broken 'the migration left no mark'
    nspawn_x /opt/map-sovereign/current/bin/map-rollback --database
    [ "$(current)" = "releases/$first" ] || broken "current is $(current)"
    nspawn_x test ! -e /var/lib/map/db/lab-schema || broken 'the database did not go back'
    next_record
    nspawn_x map audit verify --database --output json
    seen "record $(cat "$lab/record"), the index agrees with the log"
}

# ------------------------------------------------------------------ uninstall

uninstall_keeping() {
    nspawn_x /opt/map-sovereign/current/uninstall.sh
    nspawn_x sh -c 'test ! -e /opt/map-sovereign && test ! -e /usr/local/bin/map && test -s /etc/map/keys/log.key'
    lab_install first
    next_record
    seen "record $(cat "$lab/record")"
}

purge_refused() {
    nspawn_x sh -c 'mkdir /srv/precious && echo precious >/srv/precious/file && mkdir /var/lib/map/plugins/p &&
        mount --bind /srv/precious /var/lib/map/plugins/p'
    expect 3 nspawn_x /opt/map-sovereign/current/uninstall.sh --purge
    nspawn_x sh -c 'umount /var/lib/map/plugins/p && rmdir /var/lib/map/plugins/p && grep -q precious /srv/precious/file'
    nspawn_x map health >/dev/null || broken 'a refused purge stopped the node'
    nspawn_x sh -c 'ln -s /srv/precious /var/lib/map/plugins/link'
    nspawn_x /opt/map-sovereign/current/uninstall.sh --purge --dry-run
}

# ------------------------------------------------------------------ busybox

# The whole of a host: busybox, the C library, openssl; an ordinary user, a trial below his home.
busybox_root() {
    busy=$lab/busybox
    mkdir -p "$busy/bin" "$busy/usr" "$busy/etc" "$busy/proc" "$busy/dev" "$busy/tmp" "$busy/home/user" "$busy/medium" \
        "$busy/lib/x86_64-linux-gnu" "$busy/lib64"
    ln -s ../bin "$busy/usr/bin"
    cp "$(command -v busybox)" "$busy/bin/busybox"
    for each in $("$busy/bin/busybox" --list); do
        [ "$each" = busybox ] || ln -s busybox "$busy/bin/$each"
    done
    cp -L "$base/lib64/ld-linux-x86-64.so.2" "$busy/lib64/"
    for each in libc.so.6 libm.so.6 libdl.so.2 libpthread.so.0 librt.so.1; do
        cp -L "$base/lib/x86_64-linux-gnu/$each" "$busy/lib/x86_64-linux-gnu/"
    done
    cp -L "$base"/usr/lib/x86_64-linux-gnu/libssl.so.3 "$base"/usr/lib/x86_64-linux-gnu/libcrypto.so.3 "$busy/lib/x86_64-linux-gnu/"
    cp "$base/usr/bin/openssl" "$busy/bin/"
    echo 'user:x:1000:1000::/home/user:/bin/sh' >"$busy/etc/passwd"
    echo 'user:x:1000:' >"$busy/etc/group"
    chown 1000:1000 "$busy/home/user"
    chmod 1777 "$busy/tmp"
    cat >"$busy/tmp/trial" <<'END'
cd /home/user
sh "/medium/map-sovereign-$2-install.sh" --prefix /home/user/trial --unattended /dev/null --key-sha256 "$1"
sh "/medium/map-sovereign-$2-install.sh" --prefix /home/user/trial --unattended /dev/null --key-sha256 "$1"
trial/bin/map health
member() { sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p" trial/etc/first-access.json; }
MAP_API_URL=https://127.0.0.1:8443 MAP_TLS_CA=/home/user/trial/var/ca/root.pem MAP_API_KEY=$(member api_key) \
    trial/bin/map invoke OAS resolve --input "{\"did\":\"$(member agent_did)\"}" --output json
trial/bin/map audit status --output json
trial/current/uninstall.sh --purge
! test -e trial
END
    find "$busy/home" -printf '%p %y %m %U\n' >"$lab/home.before"
    # shellcheck disable=SC2016
    unshare --mount --net --pid --fork --kill-child --propagation private sh -c '
        mount -t proc proc "$1/proc" && mount --bind "$2" "$1/medium" && mount -t tmpfs tmpfs "$1/dev"
        for each in null zero random urandom tty; do touch "$1/dev/$each"; mount --bind "/dev/$each" "$1/dev/$each"; done
        ip link set lo up
        exec chroot --userspec=1000:1000 "$1" /bin/env -i PATH=/bin HOME=/home/user /bin/sh -eu /tmp/trial "$3" "$4"' \
        busy "$busy" "$media/first" "$(fingerprint)" "$first" >"$lab/trial"
    cat "$lab/trial"
    grep -q '"record_index"' "$lab/trial" || broken 'no call was answered'
    find "$busy/home" -printf '%p %y %m %U\n' | diff "$lab/home.before" -
    rm -rf "$busy"
    seen "$(busybox | sed -n '1s/ (.*//p'), ash"
}

# ------------------------------------------------------------------ silence

silence() {
    nspawn_x sh -c 'grep -q precious /srv/precious/file && rm -r /srv/precious' || broken 'a purge followed a link'
    heard=$(nspawn_packets)
    echo "$heard"
    [ "$heard" = 'dns=0 out4=0 out6=0 ' ] || broken "packets went out: $heard"
    nspawn_x timeout 3 bash -c 'echo x >/dev/udp/192.0.2.1/9; echo x >/dev/udp/2001:db8:1::1/9; getent hosts example.org' || true
    control=$(nspawn_packets)
    echo "$control"
    for each in dns out4 out6; do
        case $control in *"$each=0 "*) broken "the control was not heard: $control" ;; esac
    done
    seen "$heard(control: $control)"
}

# ------------------------------------------------------------------ image

# install.sh --root into a root file system that does not run; its first boot makes keys and starts.
image() {
    nspawn_down
    rm -rf "$lab/upper" "$lab/work" "$lab/visits" "$lab/record"
    mkdir -p "$lab/upper" "$lab/work" "$lab/empty/etc"
    : >"$lab/empty/etc/passwd"
    : >"$lab/empty/etc/group"
    echo ca_import=/media/authority >"$lab/answers"
    expect 3 sh "$media/first/map-sovereign-$first-install.sh" --root "$lab/empty" --key-sha256 "$(fingerprint)" \
        --unattended "$lab/answers" >"$lab/refusal" 2>&1
    grep -q 'ca_import is no answer for an image' "$lab/refusal" || broken 'an image may take over an authority'
    # shellcheck disable=SC2016
    unshare --mount --propagation private sh -c '
        mount -t overlay overlay -o "lowerdir=$1,upperdir=$2/upper,workdir=$2/work" "$2/root"
        printf "%s\n" "$3" >"$2/answers"
        sh "$4" --root "$2/root" --key-sha256 "$5" --unattended "$2/answers"' image "$base" "$lab" "$answers" \
        "$media/first/map-sovereign-$first-install.sh" "$(fingerprint)"
    [ -z "$(ls -A "$lab/upper/etc/map/keys")" ] || broken 'an image was made with keys in it'
    boot
    ready
    rm -f "$lab"/key.*
    next_record
    [ "$(nspawn_packets)" != '' ]
    seen "record $(cat "$lab/record")"
}
