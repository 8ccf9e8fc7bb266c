#!/bin/sh
# Steps of lane A about the network: what a node without one can do, what one with addresses cannot,
# and that both are shown. Sourced by lane-a.sh.
# shellcheck disable=SC2034,SC2154

# ------------------------------------------------------------------ callers

# from_host CURL-ARGUMENT…: a caller with an address of its own, in the guest's network.
from_host() {
    [ -s "$lab/root.pem" ] || nspawn_x cat /var/lib/map/ca/root.pem >"$lab/root.pem"
    ip netns exec "$machine" curl -s --cacert "$lab/root.pem" --max-time 60 "$@"
}

# restart_under_calls: each call on a connection of its own; none may be cut or turned away.
restart_under_calls() {
    rm -f "$lab/root.pem"
    (
        while [ ! -e "$lab/enough" ]; do
            from_host -o /dev/null -w '%{http_code} %{time_total}\n' https://localhost:8443/health || echo lost
        done
    ) >"$lab/calls" &
    caller=$!
    for round in 1 2 3; do
        nspawn_x systemctl restart map-sovereign
        # Calls between the restarts too, not only those that wait for one to end.
        tries=0
        until [ "$(wc -l <"$lab/calls")" -ge $((round * 5)) ]; do
            [ $tries -lt 300 ] || broken "only $(wc -l <"$lab/calls") calls were answered"
            tries=$((tries + 1))
            sleep 0.1
        done
    done
    : >"$lab/enough"
    wait "$caller"
    rm "$lab/enough"
    # 503: on a connection that was open when the node was told to stop.
    ! grep -vE '^(200|503) ' "$lab/calls" || broken 'a call was lost'
    seen "$(grep -c '^200' "$lab/calls") of $(wc -l <"$lab/calls") calls answered over 3 restarts, slowest $(
        sort -k 2 -n "$lab/calls" | tail -n 1 | cut -d ' ' -f 2) s"
}

# loopback_ports: metrics and registry, in front of Unix sockets.
loopback_ports() {
    from_host http://127.0.0.1:9091/metrics | grep -q process_resident_memory_bytes || broken 'no metrics'
    from_host http://127.0.0.1:7780/v1/health | grep -q '"status":"ok"' || broken 'no registry'
    ! from_host http://198.51.100.2:9091/metrics || broken 'metrics are reached from outside'
    # Callers are seen with their own address, also through an inherited socket.
    from_host -o /dev/null -w '%{http_code}' https://198.51.100.2:8443/health --insecure | grep -qx 200
}

reload_by_systemd() {
    nspawn_x sh -c 'cp -p /etc/map/map.toml /run/map.toml.kept && printf "\n[log]\nfilter = \"debug\"\n" >>/etc/map/map.toml'
    nspawn_x systemctl reload map-sovereign
    nspawn_x sh -c 'echo nonsense = 1 >>/etc/map/map.toml'
    if nspawn_x systemctl reload map-sovereign; then broken 'a configuration with a problem was taken'; fi
    nspawn_x cp -p /run/map.toml.kept /etc/map/map.toml
    nspawn_x map reload --output json | grep -q '"applied":\["log.filter"\]' || broken 'the level did not go back'
    next_record
}

# ------------------------------------------------------------------ with addresses to connect to

# quiet_so_far: before a step that makes packets itself and sets the counters back.
quiet_so_far() {
    [ "$(nspawn_packets)" = 'dns=0 out4=0 out6=0 ' ] || broken "packets went out: $(nspawn_packets)"
}

egress() {
    quiet_so_far
    nspawn_x cp -p /etc/map/map.toml /run/map.toml.kept
    nspawn_x sh -c 'printf "\n[sovereign]\nallowed_egress = [\"198.51.100.77:5432\", \"db.lab:5433\"]\n" >>/etc/map/map.toml'
    units=/opt/map-sovereign/current/bin/map-units
    # The unit that keeps the network away does not fit this configuration, and says so.
    expect 1 nspawn_x systemctl restart map-sovereign
    nspawn_x journalctl -u map-sovereign -n 20 --no-pager -o cat | grep -q 'map-units' || broken 'nothing was said of map-units'
    expect 3 nspawn_x "$units"
    nspawn_x sh -c '[ ! -e /etc/hosts ] || cp -p /etc/hosts /run/hosts.kept; echo "198.51.100.78 db.lab" >>/etc/hosts'
    nspawn_x "$units" --dry-run | grep -q 'IPAddressAllow=localhost 198.51.100.78 198.51.100.77\|IPAddressAllow=localhost 198.51.100.77 198.51.100.78' ||
        broken 'the dry run shows no drop-in'
    nspawn_x "$units"
    nspawn_x systemctl reset-failed map-sovereign.service map-sovereign.socket
    nspawn_x systemctl restart map-sovereign.socket map-sovereign
    next_record
    nspawn_x systemd-analyze security --threshold=11 map-sovereign.service >"$lab/security"
    # From within the unit's control group the kernel lets nothing out that was not named.
    before=$(nspawn_packets)
    # shellcheck disable=SC2016
    nspawn_x timeout 5 bash -c 'echo $$ >/sys/fs/cgroup/system.slice/map-sovereign.service/cgroup.procs
        if (echo x >/dev/udp/198.51.100.99/9) 2>/run/said; then echo sent; fi; cat /run/said' >"$lab/attempt"
    grep -q 'not permitted' "$lab/attempt" || broken "an address that was not named: $(cat "$lab/attempt"), $before"
    nspawn_x sh -c 'cp -p /run/map.toml.kept /etc/map/map.toml; rm /etc/hosts; [ ! -e /run/hosts.kept ] || mv /run/hosts.kept /etc/hosts'
    nspawn_x "$units"
    nspawn_x test ! -e /usr/local/lib/systemd/system/map-sovereign.service.d/10-egress.conf || broken 'the drop-in stayed'
    nspawn_x systemctl restart map-sovereign.socket map-sovereign
    next_record
    ip netns exec "$machine" nft reset counters >/dev/null
    seen "exposure $(sed -n 's/.*exposure level for [^:]*: \([0-9.]*\).*/\1/p' "$lab/security"), everything else refused by the kernel"
}

# ------------------------------------------------------------------ the proof

# The guest has no nft; it gets the host's, with its libraries, for this step.
prove_silence() {
    quiet_so_far
    expect 3 nspawn_x map prove-silence --for 1s
    files=$(ldd "$(command -v nft)" | awk '/=> \// { print $3 }' | sort -u)
    : >"$lab/carried"
    for each in "$(command -v nft)" $files; do
        nspawn_x test -e "$each" || {
            nspawn_x sh -c "cat >$each && chmod 755 $each" <"$(readlink -f "$each")"
            echo "$each" >>"$lab/carried"
        }
    done
    # Of a user of whom nothing runs, nothing is proved.
    expect 3 nspawn_x map prove-silence --for 1s --user games
    nspawn_x map prove-silence --for 2s --output json >"$lab/silence"
    cat "$lab/silence"
    grep -q '"silent":true' "$lab/silence" || broken 'not silent'
    grep -q '"control":"heard"' "$lab/silence" || broken 'no control was heard'
    # Somebody calls out meanwhile, as the node's user.
    (
        tries=0
        while [ $tries -lt 40 ] && [ ! -e "$lab/enough" ]; do
            nspawn_x runuser -u map -- timeout 1 bash -c 'echo x >/dev/tcp/198.51.100.66/25' 2>/dev/null || true
            tries=$((tries + 1))
        done
    ) &
    expect 4 nspawn_x map prove-silence --for 4s --output json >"$lab/heard"
    : >"$lab/enough"
    wait
    rm "$lab/enough"
    cat "$lab/heard"
    grep -q '198.51.100.66 port 25 tcp' "$lab/heard" || broken 'the destination is not named'
    [ "$(nspawn_x nft list tables)" = 'table inet proof' ] || broken "left: $(nspawn_x nft list tables)"
    while read -r each; do nspawn_x rm "$each"; done <"$lab/carried"
    ip netns exec "$machine" nft reset counters >/dev/null
    seen "silent, then 198.51.100.66:25 by name"
}
