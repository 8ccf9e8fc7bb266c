#!/bin/sh
# Shows that the container image of a release works as the manual says: loaded and run by podman
# without network, capabilities, or a writable root; a call, a health check, and a stop; and that
# Dockerfile.sovereign gives the same root file system. Needs podman, runc, buildah and root.
set -eu

usage() {
    cat <<'END'
Usage: installer/oci/check.sh [DIR | --help]

Checks map-sovereign-<version>.oci.tar in DIR, by default installer/target.

Exit codes: 0 each step was checked · 1 a step failed · 2 usage · 3 something is missing

Example:
  installer/oci/check.sh installer/target
END
}

root=$(cd "$(dirname "$0")/../.." && pwd -P)
folder=$root/installer/target
case ${1-} in
    '') ;;
    --help)
        usage
        exit 0
        ;;
    -*)
        usage >&2
        exit 2
        ;;
    *) folder=$(cd "$1" && pwd -P) ;;
esac
for program in podman runc buildah openssl tar; do
    command -v "$program" >/dev/null 2>&1 || { echo "oci/check: $program is missing" >&2; exit 3; }
done
[ "$(id -u)" -eq 0 ] || { echo 'oci/check: needs root' >&2; exit 3; }
image_file=$(find "$folder" -maxdepth 1 -name 'map-sovereign-*.oci.tar' | sort | tail -n 1)
[ -n "$image_file" ] || { echo "oci/check: no image in $folder; mvn package makes it" >&2; exit 3; }
version=$(basename "$image_file" .oci.tar)
version=${version#map-sovereign-}
image=localhost/map-sovereign:$version

work=$(mktemp -d)
store=$work
# shellcheck source=installer/oci/podman.sh
. "$root/installer/oci/podman.sh"

finish() {
    status=$?
    remove_store "$status"
    exit "$status"
}
trap finish EXIT
trap 'exit 1' INT TERM

fail() {
    echo "oci/check: $1" >&2
    exit 1
}

# How the manual says to run it. Options before --, the verb behind.
# shellcheck disable=SC2086  # $options is a list made here
map() {
    pod run --rm --pull=never $hardened $volumes "$image" "$@"
}

# As on a running node: exec, without a shell.
# shellcheck disable=SC2086  # $variables is a list made below
inside() {
    pod exec ${variables-} map "$java" "$arguments" "$@"
}

mkdir -p "$work/etc" "$work/var"
cat >"$work/etc/map.toml" <<'END'
[node]
name = "container"
[gateway]
bind = "127.0.0.1:8443"
[gateway.tls]
cert_file = "/etc/map/tls/fullchain.pem"
key_file = "/etc/map/tls/privkey.pem"
[database]
url = "h2:/var/lib/map/db/map"
END
chmod 0640 "$work/etc/map.toml"
chown -R 65532:65532 "$work/etc" "$work/var"
volumes="-v $work/etc:/etc/map -v $work/var:/var/lib/map --tmpfs /run/map:mode=0750,U"

echo '1. podman load'
pod load -q -i "$image_file" >/dev/null
echo '2. version'
[ "$(map version --output json | member version)" = "$version" ] || fail 'another version answers'
echo '3. keys, certificates, schema, first tenant'
map keys generate log did plugin registry --output json >/dev/null
map ca init --quick --organization Container --name localhost --name 127.0.0.1 \
    --output json >/dev/null
map ca issue --profile server --name localhost --name 127.0.0.1 --out /etc/map/tls \
    --output json >/dev/null
map migrate apply --output json >/dev/null
first=$(map init --tenant acme --output json)
key=$(printf '%s' "$first" | member api_key)
did=$(printf '%s' "$first" | member agent_did)
[ -n "$key" ] || fail 'map init gave no key'
echo '4. serve'
# shellcheck disable=SC2086  # lists made above
pod run --detach --name map --pull=never $hardened $volumes \
    --health-cmd "[\"$java\",\"$arguments\",\"health\"]" --health-interval disable "$image" >/dev/null
echo '5. health check, without a shell'
tries=0
until pod healthcheck run map >/dev/null 2>&1; do
    tries=$((tries + 1))
    [ "$tries" -lt 60 ] || fail 'the node is not healthy'
    sleep 0.5
done
echo '6. a grant over the control socket, and the call that it allows'
inside capability grant --tenant acme --did "$did" map.max.health_check --output json >/dev/null
variables="--env MAP_API_URL=https://127.0.0.1:8443 --env MAP_TLS_CA=/var/lib/map/ca/root.pem"
variables="$variables --env MAP_API_KEY=$key"
answer=$(inside invoke MAX health_check --output json) || fail "$answer"
[ -n "$(printf '%s' "$answer" | member record_index)" ] || fail 'the answer names no record'
echo '7. what the process may'
pid=$(pod inspect --format '{{.State.Pid}}' map)
grep -q '^CapBnd:[[:space:]]*0*$' "/proc/$pid/status" || fail 'it has capabilities'
grep -q '^NoNewPrivs:[[:space:]]*1$' "/proc/$pid/status" || fail 'it may gain privileges'
grep -q '^Uid:[[:space:]]*65532[[:space:]]' "/proc/$pid/status" || fail 'it runs as another user'
if pod exec map /bin/sh -c true 2>/dev/null; then
    fail 'there is a shell'
fi
echo '8. stop: drained and flushed'
pod stop --time 40 map >/dev/null
[ "$(pod inspect --format '{{.State.ExitCode}}' map)" = 0 ] || fail 'it did not end with 0'
map audit status --output json >/dev/null || fail 'the audit log is not whole'

echo '9. Dockerfile.sovereign gives the same files'
mkdir "$work/release"
tar -xpzf "$folder/map-sovereign-$version-linux-x86_64.tar.gz" -C "$work/release" \
    --strip-components=1
buildah --root "$work/store" --runroot "$work/run" bud -q --network=none \
    --layers=false -t localhost/map-sovereign:built -f "$work/release/Dockerfile.sovereign" \
    "$work/release" >/dev/null
# tree IMAGE: mode, owner, digest and path of all that is in it.
tree() {
    container=$(buildah --root "$work/store" --runroot "$work/run" from --pull-never "$1")
    mounted=$(buildah --root "$work/store" --runroot "$work/run" mount "$container")
    (
        cd "$mounted"
        find . -mindepth 1 -printf '%m %U:%G %y %p\n' | sort
        find . -type f -exec sha256sum {} + | sort
    )
    buildah --root "$work/store" --runroot "$work/run" rm "$container" >/dev/null
}
tree "$image" >"$work/loaded"
tree localhost/map-sovereign:built >"$work/built"
diff "$work/loaded" "$work/built" || fail 'the two images differ'
for of in User Entrypoint Cmd WorkingDir StopSignal Volumes Env; do
    loaded=$(pod inspect --type image --format "{{json .Config.$of}}" "$image")
    built=$(pod inspect --type image --format "{{json .Config.$of}}" localhost/map-sovereign:built)
    case $of in Env) built=$(printf '%s' "$built" | sed 's/"PATH=[^"]*",*//') ;; esac
    [ "$loaded" = "$built" ] || fail "$of: $loaded in the archive, $built by the Dockerfile"
done
echo "oci/check: everything was checked, $(du -h "$image_file" | cut -f 1) image"
