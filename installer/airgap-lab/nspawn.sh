#!/bin/sh
# A Debian with a running systemd in a network namespace of its own that counts what would go out.
# Sourced by the lane's scripts; needs $lab (a folder of this run), $machine (a short name of this run)
# and $base (an unpacked root file system, which stays as it is).
# shellcheck disable=SC2154

# nspawn_base CACHE: makes $base from a tarball that is kept below CACHE: Debian 12 as small as it gets,
# with systemd and openssl; no ca-certificates, no python, no resolver.
nspawn_base() {
    packages=systemd,systemd-sysv,dbus,openssl,procps
    cached=$1/base-$(printf '%s' "bookworm $packages" | sha256sum | cut -c 1-12).tar
    if [ ! -s "$cached" ]; then
        mkdir -p "$1"
        sources=/etc/apt/sources.list
        [ ! -f /etc/apt/sources.list.d/debian.sources ] || sources=/etc/apt/sources.list.d/debian.sources
        # By its name, mmdebstrap knows that it shall be an archive.
        fresh=${cached%.tar}.new.tar
        mmdebstrap --quiet --variant=minbase --include="$packages" bookworm "$fresh" "$sources" >&2
        mv "$fresh" "$cached"
    fi
    mkdir -p "$base"
    tar -C "$base" -xpf "$cached"
    rm -f "$base/etc/resolv.conf"
    : >"$base/etc/machine-id"
    echo "$machine" >"$base/etc/hostname"
    # What Debian does by itself at some hours: it would write into the tree, and look for its servers.
    for each in apt-daily apt-daily-upgrade dpkg-db-backup; do
        ln -sf /dev/null "$base/etc/systemd/system/$each.timer"
    done
    # A look-up must reach the counters, not end in a file that is not there.
    echo 'nameserver 192.0.2.53' >"$base/etc/resolv.conf"
}

# ------------------------------------------------------------------ the network that counts

# nspawn_network: every address has a route, so that an attempt becomes a packet; each is counted and
# dropped. What the guest does to itself (lo) passes.
nspawn_network() {
    ip netns add "$machine"
    ip -n "$machine" link set lo up
    ip -n "$machine" link add out type veth peer name peer
    ip -n "$machine" link set out up
    ip -n "$machine" link set peer up
    ip -n "$machine" addr add 198.51.100.2/24 dev out
    ip -n "$machine" route add default via 198.51.100.1 dev out
    ip -n "$machine" neigh add 198.51.100.1 lladdr 02:00:00:00:00:01 dev out
    ip -n "$machine" -6 addr add 2001:db8::2/64 dev out nodad
    ip -n "$machine" -6 route add default via 2001:db8::1 dev out
    ip -n "$machine" -6 neigh add 2001:db8::1 lladdr 02:00:00:00:00:01 dev out
    ip netns exec "$machine" nft -f - <<'END'
table inet proof {
  counter dns { }
  counter out4 { }
  counter out6 { }
  chain output {
    type filter hook output priority 0; policy accept;
    oifname "lo" accept
    icmpv6 type { nd-router-solicit, nd-neighbor-solicit, nd-neighbor-advert, mld2-listener-report } drop
    th dport { 53, 853, 5353 } counter name dns
    meta nfproto ipv4 counter name out4 drop
    meta nfproto ipv6 counter name out6 drop
  }
}
END
}

# nspawn_packets: dns, IPv4, IPv6 so far.
nspawn_packets() {
    ip netns exec "$machine" nft list counters |
        awk '/counter /{ name = $2 } /packets/ { printf "%s=%s ", name, $2 } END { print "" }'
}

# ------------------------------------------------------------------ up, down

# nspawn_up ARGUMENTS…: boots; further arguments go to systemd-nspawn. The supervisor starts it again
# when the guest asks for a reboot, and ends with it otherwise. All mounts are in a namespace of its own.
nspawn_up() {
    mkdir -p "$lab/upper" "$lab/work" "$lab/root"
    # shellcheck disable=SC2016  # expanded by the supervisor
    setsid unshare --mount --propagation private sh -c '
        lab=$1 machine=$2 base=$3
        shift 3
        trap "" TERM
        mount -t overlay overlay -o "lowerdir=$base,upperdir=$lab/upper,workdir=$lab/work" "$lab/root"
        umount -R -l /sys/fs/cgroup && mount -t cgroup2 cgroup2 /sys/fs/cgroup
        mkdir -p "/sys/fs/cgroup/$machine" && echo $$ >"/sys/fs/cgroup/$machine/cgroup.procs"
        mkdir -p /run/systemd/nspawn && mount -t tmpfs tmpfs /run/systemd/nspawn
        while :; do
            sh -c "trap - TERM; exec \"\$@\"" nspawn systemd-nspawn --quiet --boot --register=no --keep-unit \
                --machine="$machine" --network-namespace-path="/run/netns/$machine" --resolv-conf=off \
                --timezone=off --link-journal=no --console=pipe --system-call-filter=bpf \
                --capability=CAP_BPF,CAP_PERFMON -D "$lab/root" "$@" &
            echo $! >"$lab/nspawn.pid"
            wait $!
            [ $? = 133 ] || break
        done
        rm -f "$lab/nspawn.pid"' supervisor "$lab" "$machine" "$base" "$@" </dev/null >"$lab/console" 2>&1 &
    echo $! >"$lab/supervisor.pid"
    nspawn_wait
}

# nspawn_leader: the guest's PID 1, as the host numbers it.
nspawn_leader() {
    # shellcheck disable=SC2013  # numbers
    for each in $(cat "/proc/$(cat "$lab/nspawn.pid")"/task/*/children 2>/dev/null); do
        [ "$(cat "/proc/$each/comm" 2>/dev/null)" = systemd ] && echo "$each" && return 0
    done
    return 1
}

# nspawn_x COMMAND…: in the guest, as root, with a clean environment.
nspawn_x() {
    nsenter -t "$(nspawn_leader)" -m -u -i -n -p -C -r -w -- /usr/bin/env -i \
        PATH=/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin LANG=C.UTF-8 TERM=dumb HOME=/root \
        SYSTEMD_COLORS=0 SYSTEMD_PAGER= "$@"
}

nspawn_wait() {
    tries=0
    while [ $tries -lt 600 ]; do
        case $(nspawn_x systemctl is-system-running 2>/dev/null || true) in
            running | degraded) return 0 ;;
        esac
        tries=$((tries + 1))
        sleep 0.1
    done
    echo "nspawn: the guest is not up; its console:" >&2
    tail -n 30 "$lab/console" >&2
    return 1
}

nspawn_reboot() {
    before=$(nspawn_leader)
    nspawn_x systemctl reboot || true
    tries=0
    while [ $tries -lt 600 ]; do
        now=$(nspawn_leader 2>/dev/null || true)
        if [ -n "$now" ] && [ "$now" != "$before" ]; then break; fi
        tries=$((tries + 1))
        sleep 0.1
    done
    nspawn_wait
}

# nspawn_crash: PID 1 is killed, and everything in the guest with it.
nspawn_crash() {
    kill -9 "$(nspawn_leader)"
    nspawn_gone
}

nspawn_down() {
    [ -f "$lab/nspawn.pid" ] || return 0
    kill -TERM "$(cat "$lab/nspawn.pid")" 2>/dev/null || true
    nspawn_gone || {
        kill -9 "$(nspawn_leader)" 2>/dev/null || true
        nspawn_gone
    }
}

nspawn_gone() {
    tries=0
    while [ -f "$lab/nspawn.pid" ]; do
        [ $tries -lt 900 ] || return 1
        tries=$((tries + 1))
        sleep 0.1
    done
}

# nspawn_clean: nothing of this run is left, and whoever calls this is told if something is.
nspawn_clean() {
    nspawn_down || true
    ip netns del "$machine" 2>/dev/null || true
    find "/sys/fs/cgroup/unified/$machine" "/sys/fs/cgroup/$machine" -depth -type d -exec rmdir {} + \
        2>/dev/null || true
    tries=0
    while [ -f "$lab/supervisor.pid" ] && kill -0 "$(cat "$lab/supervisor.pid")" 2>/dev/null && [ $tries -lt 50 ]; do
        tries=$((tries + 1))
        sleep 0.1
    done
    left=
    if [ -e "/run/netns/$machine" ]; then left="$left namespace"; fi
    if grep -q " $lab" /proc/self/mounts; then left="$left mount"; fi
    if losetup --list --noheadings --output BACK-FILE 2>/dev/null | grep -q "^$lab"; then left="$left loop"; fi
    if [ -f "$lab/supervisor.pid" ] && kill -0 "$(cat "$lab/supervisor.pid")" 2>/dev/null; then
        left="$left process"
    fi
    [ -z "$left" ] || {
        echo "nspawn: left behind:$left" >&2
        return 1
    }
}
