#!/bin/sh
# The parts of a life, in a container. Sourced by lane-c.sh.
# shellcheck disable=SC2034,SC2154

name=localhost/map-sovereign
volumes="-v $lab/etc:/etc/map -v $lab/var:/var/lib/map -v $lab/stick:/media/mapaudit --tmpfs /run/map:mode=0750,U"

# once VERB…: in a container of its own, of the image that is current; nothing runs beside it.
# shellcheck disable=SC2086  # lists made above
once() {
    pod run --rm --pull=never $hardened $volumes "$name:$(cat "$lab/current")" "$@"
}

# inside [-e NAME=VALUE]… VERB…: in the running one, which has no shell.
inside() {
    pod exec --env MAP_API_URL=https://127.0.0.1:8443 --env MAP_TLS_CA=/var/lib/map/ca/root.pem \
        --env "MAP_API_KEY=$(cat "$lab/key.${key:-api_key}" 2>/dev/null)" map "$java" "$arguments" "$@"
}

# up: a container of the current image, ready or not: status 1.
# shellcheck disable=SC2086
up() {
    pod rm --force --time 45 map >/dev/null 2>&1 || true
    pod run --detach --name map --pull=never $hardened $volumes \
        --health-cmd "[\"$java\",\"$arguments\",\"health\"]" --health-interval disable \
        "$name:$(cat "$lab/current")" >/dev/null || return 1
    tries=0
    until pod healthcheck run map >/dev/null 2>&1; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || return 1
        [ "$(pod inspect --format '{{.State.Running}}' map)" = true ] || return 1
        sleep 0.2
    done
}

down() {
    pod stop --time 45 map >/dev/null
    [ "$(pod inspect --format '{{.State.ExitCode}}' map)" = 0 ] || broken 'it did not end in order'
}

# derived NAME: the image under another number; with standard input as its java.args if there is some.
derived() {
    container=$(buildah --root "$lab/store" --runroot "$lab/run" from --pull-never "$name:$first")
    cat >"$lab/java.args"
    [ ! -s "$lab/java.args" ] ||
        buildah --root "$lab/store" --runroot "$lab/run" copy -q "$container" "$lab/java.args" /opt/map-sovereign/java.args
    buildah --root "$lab/store" --runroot "$lab/run" commit -q --rm "$container" "$name:$1"
}

# ------------------------------------------------------------------ the parts

install_first() {
    mkdir -p "$lab/etc" "$lab/var" "$lab/stick"
    (cd "$folder" && sha256sum -c --strict --ignore-missing SHA256SUMS)
    pod load -q -i "$archive"
    derived next </dev/null
    echo '-Dno.such.program --module dev.mapsovereign.node/no.such.Main' | derived broken
    cat >"$lab/etc/map.toml" <<'END'
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
    chmod 0640 "$lab/etc/map.toml"
    chown -R 65532:65532 "$lab/etc" "$lab/var" "$lab/stick"
    echo "$first" >"$lab/current"
    printf '%s\n' 'keys generate log did plugin registry' \
        'ca init --quick --organization Container --name localhost --name 127.0.0.1' \
        'ca issue --profile server --name localhost --name 127.0.0.1 --out /etc/map/tls' \
        'migrate apply' 'init --tenant acme --output json' | tr ' ' '\t' >"$lab/verbs"
    # shellcheck disable=SC2086
    pod run --rm --interactive --pull=never $hardened $volumes "$name:$first" batch <"$lab/verbs" >"$lab/made"
    [ "$(grep -c '^x 0$' "$lab/made")" = "$(wc -l <"$lab/verbs")" ] || broken "$(grep '^e' "$lab/made")"
    member agent_did <"$lab/made" >"$lab/did"
    for each in api_key second_api_key; do member $each <"$lab/made" >"$lab/key.$each"; done
    up || broken 'the node is not ready'
    inside capability grant --tenant acme --did "$(cat "$lab/did")" map.max.health_check --output json
    seen "$name:$first"
}

# next_record: a call, whose record must be further than the one before it: no index is used twice.
next_record() {
    inside invoke MAX health_check --input '{}' --output json >"$lab/answer" || broken "$(cat "$lab/answer")"
    further "$(member record_index <"$lab/answer")"
    seen "record $(cat "$lab/record")"
}

calls() {
    next_record
    if key=second_api_key inside invoke MAX audit_query --input '{}' --output json >"$lab/answer"; then
        broken 'the second agent may query'
    fi
    [ "$(member code <"$lab/answer")" = capability_denied ] || broken "refused with $(cat "$lab/answer")"
    seen "record $(cat "$lab/record"), then capability_denied"
}

export_and_verify() {
    inside audit export --to /media/mapaudit --output json >"$lab/exported"
    unpack_release "$folder/map-sovereign-$first-linux-x86_64.tar.gz"
    verify_elsewhere "$lab/stick/MAP-AUDIT" "$(inside audit status --output json | member node_key)"
}

reboot() {
    down
    up || broken 'the node is not ready'
    next_record
}

crash_node() {
    pod kill --signal KILL map >/dev/null
    up || broken 'the node is not ready'
    next_record
}

# to IMAGE: as the manual says: stop, copy the database, the new image's schema, start.
to() {
    down
    rm -rf "$lab/backup"
    cp -Rp "$lab/var/db" "$lab/backup"
    echo "$1" >"$lab/current"
    once migrate apply --output json && up
}

upgrade_good() {
    to next || broken 'the new image does not run'
    next_record
}

upgrade_broken() {
    was=$(cat "$lab/current")
    ! to broken || broken 'a broken image runs'
    echo "$was" >"$lab/current"
    rm -rf "$lab/var/db"
    cp -Rp "$lab/backup" "$lab/var/db"
    up || broken 'the image before does not run'
    next_record
    inside audit verify --database --output json
    seen "$was runs, record $(cat "$lab/record"), the index agrees with the log"
}

rollback_by_hand() {
    to "$first" || broken 'the first image does not run'
    next_record
}

purge() {
    down
    pod rm map >/dev/null
    rm -rf "${lab:?}/etc" "${lab:?}/var"
    pod rmi --force "$name:$first" "$name:next" "$name:broken" >/dev/null
    [ -z "$(pod ps --all --quiet)$(pod images --quiet)" ] || broken 'a container or an image is left'
}
