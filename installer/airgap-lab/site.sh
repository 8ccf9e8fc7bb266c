#!/bin/sh
# A site with a log of so many records, made by a release on this host to be moved into a guest.
set -eu

usage() {
    cat <<'END'
Usage: site.sh RELEASE DIR CALLS

Sets up a site on embedded defaults below DIR with the release unpacked in RELEASE, calls its node so
often, on loopback, and stops it. Then DIR/etc and DIR/var are what is to lie in /etc/map and
/var/lib/map, and DIR/trust.txt is the auditor's trust file.

Exit codes: 0 done · 1 it failed · 2 usage

Example:
  site.sh /tmp/map-sovereign-0.1.0 /tmp/site 5000
END
}

[ "$#" -eq 3 ] || {
    usage >&2
    exit 2
}
release=$1 site=$2 calls=$3
map=$release/bin/map

fail() {
    echo "site.sh: $1" >&2
    [ ! -s "$site/node.log" ] || tail -n 20 "$site/node.log" >&2
    exit 1
}

# Two ports that are free now.
ports=$(python3 -c 'import socket
a, b = socket.create_server(("127.0.0.1", 0)), socket.create_server(("127.0.0.1", 0))
print(a.getsockname()[1], b.getsockname()[1])')

# configuration ETC VAR RUN
configuration() {
    cat <<END
[node]
name = "airgap"
data = "$2"
keys = "$1/keys"
identity = "$1/identity"
run = "$3"

[gateway]
bind = "127.0.0.1:${ports% *}"
plain_http_on_loopback = true

[database]
url = "h2:$2/db/map"

[metrics]
port = ${ports#* }
END
}

mkdir -p "$site/etc" "$site/var" "$site/run"
chmod 0750 "$site/etc" "$site/var" "$site/run"
MAP_CONFIG=$site/host.toml
HOME=$site
export MAP_CONFIG HOME
configuration "$site/etc" "$site/var" "$site/run" >"$MAP_CONFIG"
chmod 0640 "$MAP_CONFIG"
"$map" keys generate log did >/dev/null || fail 'no keys'
"$map" migrate apply >/dev/null || fail 'no schema'
"$map" init --tenant acme --output json >"$site/init.json" || fail 'no tenant'
key=$(sed -n 's/.*"api_key":"\([^"]*\)".*/\1/p' "$site/init.json")
rm "$site/init.json"

"$map" serve >"$site/node.log" 2>&1 &
node=$!
trap 'kill "$node" 2>/dev/null || true' EXIT
tries=0
until "$map" health >/dev/null 2>&1; do
    tries=$((tries + 1))
    kill -0 "$node" 2>/dev/null || fail 'the node ended'
    [ "$tries" -lt 100 ] || fail 'the node is not ready'
    sleep 0.2
done
# Each is refused for want of a capability, and recorded like any other call.
printf '%s\n' "header = \"Authorization: Bearer $key\"" 'header = "Content-Type: application/json"' \
    'data = "{\"protocol\":\"MAX\",\"operation\":\"health_check\",\"input\":{}}"' |
    curl -s --parallel --parallel-max 200 -K - -o /dev/null \
        "http://127.0.0.1:${ports% *}/v1/dispatch?[1-$calls]" 2>/dev/null || fail 'no answer'
"$map" audit status --output json >"$site/status.json"
grep -q "\"records\":\"$calls\"" "$site/status.json" || fail 'not every call was recorded'
kill -TERM "$node"
wait "$node" || fail 'the node did not stop in order'
trap - EXIT

printf 'log %s\nquorum none\n' "$(sed -n 's/.*"node_key":"\([^"]*\)".*/\1/p' "$site/status.json")" \
    >"$site/trust.txt"
configuration /etc/map /var/lib/map /run/map >"$site/etc/map.toml"
rm -f "$MAP_CONFIG" "$site/status.json"
