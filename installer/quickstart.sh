#!/bin/sh
# From a checkout to a running node, a refused and an allowed call, and an export that two
# verifiers accept: the whole product on embedded defaults, below ./.map-quickstart, without root.
set -eu

usage() {
    cat <<'END'
Usage: installer/quickstart.sh [--exit | --stop | --clean | --help]

Builds the release if needed, unpacks it below ./.map-quickstart, makes keys and certificates,
starts a node with TLS, calls it, exports its audit log and has the export verified twice.

  (none)    does all that and leaves the node running
  --exit    stops the node at the end
  --stop    stops a node that was left running
  --clean   stops it and removes ./.map-quickstart
  --help    shows this

Environment: MAP_QUICKSTART_PORT (8443), MAP_QUICKSTART_METRICS_PORT (9091)

Exit codes: 0 each step was checked · 1 a step failed · 2 usage · 3 something is missing

Example:
  installer/quickstart.sh
END
}

root=$(cd "$(dirname "$0")/.." && pwd -P)
base=$root/.map-quickstart
port=${MAP_QUICKSTART_PORT:-8443}
metrics_port=${MAP_QUICKSTART_METRICS_PORT:-9091}

# ------------------------------------------------------------------ saying what happens

now_ms() {
    date +%s%3N
}

started=$(now_ms)
step=0

begin() {
    step=$((step + 1))
    step_name=$1
    step_started=$(now_ms)
}

# done_with PROOF: the line of a step that was checked, with what was seen.
done_with() {
    elapsed=$(($(now_ms) - step_started))
    printf '%2d. %-34s %4d.%01d s   %s\n' "$step" "$step_name" \
        $((elapsed / 1000)) $((elapsed % 1000 / 100)) "$1"
}

fail() {
    printf '%2d. %-34s FAILED     %s\n' "$step" "$step_name" "$1"
    if [ -s "$base/log/step.err" ]; then
        sed 's/^/      /' "$base/log/step.err" | tail -n 20 >&2
    fi
    # A Java that does not come up says so on standard output.
    printf '%s\n' "${out-}" | sed -n '/^Error occurred/,$s/^/      /p' | head -n 20 >&2
    if [ -s "$base/log/node.log" ]; then
        echo "    the node's log: $base/log/node.log" >&2
    fi
    stop || true
    exit 1
}

# try COMMAND…: runs it; its output is kept in $out for checks, its errors shown if it fails.
try() {
    if ! out=$("$@" 2>"$base/log/step.err"); then
        fail "$(refusal)"
    fi
}

# refusal: what a call was refused with, if $out is a refusal; never the command, which has a key.
refusal() {
    printf '%s' "$out" | sed -n 's/.*"code":"\([^"]*\)".*"message":"\([^"]*\)".*/\1: \2/p'
}

# field NAME: one text, number or boolean member of the JSON in $out, outermost or inner.
field() {
    printf '%s' "$out" | tr -d '\n' |
        sed -n "s/.*\"$1\":\(\"\([^\"]*\)\"\|\([0-9a-z.-]*\)\).*/\2\3/p"
}

# ------------------------------------------------------------------ starting and stopping

running() {
    [ -f "$base/run/node.pid" ] && kill -0 "$(cat "$base/run/node.pid")" 2>/dev/null
}

stop() {
    if running; then
        pid=$(cat "$base/run/node.pid")
        kill -TERM "$pid"
        waited=0
        while kill -0 "$pid" 2>/dev/null; do
            waited=$((waited + 1))
            if [ "$waited" -gt 400 ]; then
                echo "quickstart: node $pid did not stop within 40 s; its log: $base/log/node.log" >&2
                return 1
            fi
            sleep 0.1
        done
    fi
    rm -f "$base/run/node.pid"
}

at_exit=no
case ${1-} in
    '') ;;
    --exit) at_exit=stop ;;
    --stop)
        stop
        exit 0
        ;;
    --clean)
        stop
        rm -rf "$base"
        exit 0
        ;;
    -h | --help)
        usage
        exit 0
        ;;
    *)
        usage >&2
        exit 2
        ;;
esac

if running; then
    echo "quickstart: a node is running already; stop it with: installer/quickstart.sh --stop" >&2
    exit 1
fi

# ------------------------------------------------------------------ 1 the release

begin 'release built and unpacked'
mkdir -p "$base"
if ! command -v openssl >/dev/null 2>&1; then
    echo 'quickstart: openssl is missing; it checks the certificates that are made here' >&2
    exit 3
fi
for folder in etc var run medium log home; do
    rm -rf "${base:?}/$folder"
    mkdir "$base/$folder"
done
chmod 0750 "$base/etc" "$base/var" "$base/run"
cd "$root"

release_file() {
    find "$root/installer/target" -maxdepth 1 -name 'map-sovereign-*-linux-x86_64.tar.gz' \
        2>/dev/null | sort | tail -n 1
}

newest_source() {
    find "$root" \( -name target -o -name .git -o -name .map-quickstart \) -prune -o \
        -type f -newer "$1" -print 2>/dev/null | head -n 1
}

tarball=$(release_file)
if [ -z "$tarball" ] || [ -n "$(newest_source "$tarball")" ]; then
    if ! command -v mvn >/dev/null 2>&1; then
        echo 'quickstart: mvn is missing; install Maven 3.8 or newer' >&2
        exit 3
    fi
    sh "$root/installer/src/main/sh/find-jdk" >/dev/null || exit 3
    echo "    building the release (first time: some minutes); log: $base/log/build.log" >&2
    if ! mvn -B -ntp -Punchecked -Dmaven.test.skip=true -pl installer -am package \
        >"$base/log/build.log" 2>&1; then
        tail -n 30 "$base/log/build.log" >&2
        fail 'mvn package'
    fi
    tarball=$(release_file)
fi
rm -rf "$base/release"
mkdir "$base/release"
tar -xzf "$tarball" -C "$base/release" --strip-components=1
map=$base/release/bin/map
try "$base/release/bin/map-prepare" --quick
try "$map" version --output json
done_with "map $(field version), $(du -h "$tarball" | cut -f 1) as $(basename "$tarball")"

# The shell's own settings must not reach the node.
for variable in $(env | sed -n 's/^\(\(MAP\|MIM\|APP\)_[A-Z_]*\)=.*/\1/p'); do
    unset "$variable"
done
HOME=$base/home
MAP_CONFIG=$base/etc/map.toml
export HOME MAP_CONFIG

# A Unix socket's path is at most 107 bytes.
run=$base/run
if [ ${#run} -gt 80 ]; then
    run=$(mktemp -d)
fi

# ------------------------------------------------------------------ 2 configuration, keys, CA

begin 'configuration, keys, certificates'
cat >"$MAP_CONFIG" <<END
# Made by installer/quickstart.sh: everything on embedded defaults, on loopback.
[node]
name = "quickstart"
data = "$base/var"
run = "$run"
keys = "$base/etc/keys"

[gateway]
bind = "127.0.0.1:$port"

[gateway.tls]
cert_file = "$base/etc/tls/fullchain.pem"
key_file = "$base/etc/tls/privkey.pem"

[database]
url = "h2:$base/var/db/map"

[metrics]
port = $metrics_port

[plugins]
scan_interval = "1s"
END
chmod 0640 "$MAP_CONFIG"
try "$map" keys generate log did plugin registry --output json
try "$map" ca init --quick --organization 'Quickstart' --name localhost --name 127.0.0.1 --output json
try "$map" ca issue --profile server --name localhost --name 127.0.0.1 \
    --out "$base/etc/tls" --output json
[ "$(stat -c %a "$base/etc/tls/privkey.pem")" = 600 ] || fail 'the TLS key is readable by others'
try openssl verify -CAfile "$base/var/ca/root.pem" -untrusted "$base/etc/tls/fullchain.pem" \
    "$base/etc/tls/fullchain.pem"
done_with 'openssl accepts the TLS chain; private files have mode 0600'

# ------------------------------------------------------------------ 3 schema

begin 'database schema (H2)'
try "$map" migrate apply --output json
try "$map" migrate verify --output json
done_with "version $(field version)"

# ------------------------------------------------------------------ 4 identities and registry

begin 'tenant, human root, agents'
try "$map" init --tenant acme --output json
tenant_did=$(field agent_did)
api_key=$(field api_key)
guest_key=$(field second_api_key)
[ -n "$api_key" ] || fail "map init gave no API key"
[ -n "$guest_key" ] || fail "map init gave no second API key"
done_with "$tenant_did"

begin 'registry snapshot signed, imported'
human_root=$(field human_root_pin)
try "$map" registry create --from "$base/etc/identity/documents" --to "$base/medium" --output json
root_file=$(field root_file)
# What a site trusts is written down by hand: the publisher's root, and the human behind it.
cat >>"$MAP_CONFIG" <<END

[registry]
folder = "$base/var/registry"
root_file = "$root_file"
roots = ["$human_root"]
END
try "$map" registry import "$base/medium" --output json
try "$map" registry resolve "$tenant_did" --output json
[ "$(field lineage_valid)" = true ] || fail "the lineage of $tenant_did does not verify"
done_with "snapshot $(field snapshot); lineage verified to the human root"

# ------------------------------------------------------------------ 5 plugin

begin 'sample plugin signed'
mkdir -p "$base/var/plugins"
cp -r "$base/release/sample/echo" "$base/var/plugins/echo"
cp -r "$base/release/sample/echo" "$base/var/plugins/unsigned"
try "$map" plugin sign "$base/var/plugins/echo" --output json
cat >>"$MAP_CONFIG" <<END

[[trust.plugins]]
key = "$(field key)"
names = ["echo"]
protocols = ["ECHO"]
END
try "$map" plugin list --output json
[ "$(field signer)" = quickstart/plugins ] || fail 'the signed plugin is not accepted'
done_with 'echo 1.0.0; an unsigned copy of it lies beside it and is refused'

# ------------------------------------------------------------------ 6 the node

begin 'node started'
"$map" serve >"$base/log/node.log" 2>&1 &
echo $! >"$base/run/node.pid"
trap 'stop' INT TERM
waited=0
until "$map" health >/dev/null 2>"$base/log/step.err"; do
    waited=$((waited + 1))
    running || fail 'the node ended'
    [ "$waited" -lt 60 ] || fail 'the node is not ready'
    sleep 0.2
done
done_with "https://127.0.0.1:$port is ready"

# ------------------------------------------------------------------ 7 calls

url=https://127.0.0.1:$port
MAP_TLS_CA=$base/var/ca/root.pem
export MAP_TLS_CA

# as KEY PROTOCOL OPERATION INPUT
as() {
    MAP_API_URL=$url MAP_API_KEY=$1 "$map" invoke "$2" "$3" --input "$4" --output json
}

begin 'a call, allowed'
try as "$api_key" OAS resolve "{\"did\":\"$tenant_did\"}"
record=$(field record_index)
[ -n "$record" ] || fail 'the answer names no record'
done_with "OAS.resolve, record $record"

begin 'a call, refused by capability'
if out=$(as "$guest_key" MAX audit_query '{}' 2>"$base/log/step.err"); then
    fail 'the call was allowed'
fi
[ "$(field code)" = capability_denied ] || fail "code '$(field code)'"
done_with "MAX.audit_query, $(field code), record $(field record_index)"

begin 'a message, sent and received'
try as "$api_key" MIM message_send "{\"to\":\"mailbox://$tenant_did\",\"body\":{\"hello\":\"world\"}}"
message=$(field message_id)
try as "$api_key" MIM message_receive "{\"from\":\"mailbox://$tenant_did\"}"
[ "$(field message_id)" = "$message" ] || fail 'another message came back'
done_with "$message"

begin 'a WASM plugin, called'
try as "$api_key" ECHO echo '{"number":42}'
[ "$(field number)" = 42 ] || fail 'the plugin did not answer what it was asked'
grep -q 'unsigned plugins do not run' "$base/log/node.log" ||
    fail 'the node did not refuse the unsigned copy'
done_with 'ECHO.echo answered; the unsigned copy was refused'

# ------------------------------------------------------------------ 8 export and verification

begin 'audit log exported'
try "$map" audit export --to "$base/medium" --output json
bundle=$(field bundle)
[ -d "$base/medium/MAP-AUDIT" ] || fail 'nothing was written'
done_with "$bundle"

begin 'verified by map-verify'
try "$map" audit status --output json
printf 'log %s\nquorum none\n' "$(field node_key)" >"$base/etc/trust-policy.txt"
try "$base/release/bin/map-verify" bundle "$base/medium/MAP-AUDIT" \
    --trust "$base/etc/trust-policy.txt" --output json
[ "$(field verdict)" = verified ] || fail "verdict '$(field verdict)'"
done_with 'signatures, every record, tree and chain'

begin 'verified by verify.py'
if command -v python3 >/dev/null 2>&1; then
    try python3 -I "$base/release/verify.py" "$base/medium/MAP-AUDIT" \
        --trust "$base/etc/trust-policy.txt"
    done_with 'agrees'
else
    done_with 'not run: no python3'
fi

total=$(($(now_ms) - started))
printf '\nAll %d steps checked in %d.%01d s.\n' "$step" $((total / 1000)) $((total % 1000 / 100))

if [ "$at_exit" = stop ]; then
    stop
    echo 'The node is stopped.'
    exit 0
fi
trap - INT TERM
cat <<END

  dispatch    $url/v1/dispatch
  readiness   $url/ready
  metrics     http://127.0.0.1:$metrics_port/metrics
  API key     $map apikey create --tenant acme --did $tenant_did
  log         $base/log/node.log

  Call it:    MAP_CONFIG=$MAP_CONFIG MAP_TLS_CA=$MAP_TLS_CA MAP_API_URL=$url MAP_API_KEY=… \\
                $map invoke MAX health_check
  Stop it:    installer/quickstart.sh --stop
  Remove it:  installer/quickstart.sh --clean
END
