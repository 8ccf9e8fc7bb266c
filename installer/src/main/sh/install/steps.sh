#!/bin/sh
# The steps of an install: for each NAME a test done_NAME, a sentence text_NAME and an action do_NAME
# that can begin again from wherever it was killed. Sourced by install.sh.
# shellcheck disable=SC2034,SC2154  # places and answers are install.sh's

# steps: their order for this mode.
steps() {
    case $mode in
        host) echo account release folders answers configuration current command keys \
            authority certificate schema site operator registry units enabled started recorded prepared ;;
        image) echo account release folders answers configuration current command units enabled ;;
        prefix) echo release folders answers configuration current command keys authority \
            certificate schema site operator registry started recorded prepared ;;
    esac
}

# ------------------------------------------------------------------ account

text_account() { echo 'system user and group map, without a shell or a password'; }

done_account() {
    cmp -s "$here/systemd/sysusers.d/map-sovereign.conf" "$sysusers/map-sovereign.conf" &&
        grep -qs '^map:' "$root/etc/passwd" && grep -qs '^map:' "$root/etc/group"
}

# place_account_file RELEASE
place_account_file() {
    make_dir "$sysusers" 0755 root:root
    note "file ${sysusers#"$root"}/map-sovereign.conf"
    put "$sysusers/map-sovereign.conf" 0644 root:root <"$1/systemd/sysusers.d/map-sovereign.conf"
}

do_account() {
    place_account_file "$here"
    grep -q '^map:' "$root/etc/group" || note 'group map'
    grep -q '^map:' "$root/etc/passwd" || note 'user map'
    if command -v systemd-sysusers >/dev/null 2>&1; then
        systemd-sysusers --root="${root:-/}" "$sysusers/map-sovereign.conf" || return 1
    elif command -v useradd >/dev/null 2>&1; then
        grep -q '^map:' "$root/etc/group" || groupadd ${root:+--root "$root"} --system map
        useradd ${root:+--root "$root"} --system --gid map --no-create-home --home-dir /var/lib/map \
            --shell /usr/sbin/nologin map
    else
        [ -z "$root" ] || fail 3 'neither systemd-sysusers nor useradd is here to make a user in the image'
        grep -q '^map:' /etc/group || addgroup -S map
        adduser -S -D -H -h /var/lib/map -s /bin/false -G map map
    fi
}

# ------------------------------------------------------------------ release

text_release() { echo "$releases/$version, $(wc -l <"$here/MANIFEST") files"; }

done_release() {
    [ "$here" = "$releases/$version" ] && return 0
    [ -d "$releases/$version" ] && cmp -s "$here/MANIFEST" "$releases/$version/MANIFEST" &&
        [ -z "$(release_findings "$releases/$version")" ]
}

do_release() {
    make_dir "$releases" 0755 root:root
    note "release $version"
    printf 'counter=%s\nsigned_by=%s\n' "$counter" "$signed_by" | put "$book/placed-$version" 0644 root:root
    # What lies there is part of a copy, or was changed: it is replaced as a whole.
    if [ -e "$releases/$version" ]; then
        rm -rf "$releases/.old.$version"
        mv "$releases/$version" "$releases/.old.$version"
    fi
    rm -rf "$releases/.place"
    if [ -n "$staged" ]; then
        mv "$here" "$releases/.place"
    else
        cp -Rp "$here" "$releases/.place"
    fi
    [ "$mode" = prefix ] || chown -R 0:0 "$releases/.place"
    sync -f "$releases/.place" 2>/dev/null || sync
    mv "$releases/.place" "$releases/$version"
    rm -rf "$releases/.old.$version"
}

# ------------------------------------------------------------------ folders

text_folders() { echo "$etc, $var"; }

# folders: path, mode, owner. The keys and the data are the node's; the configuration is not.
folders() {
    cat <<END
$etc 0750 root:map
$etc/keys 0700 map:map
$etc/identity 0700 map:map
$etc/tls 0750 map:map
$etc/operator 0700 map:map
$var 0750 map:map
$var/audit 0700 map:map
$var/ca 0700 map:map
$var/db 0700 map:map
$var/plugins 0750 map:map
$var/registry 0750 map:map
END
    if [ "$mode" = prefix ]; then
        echo "$run 0700 map:map"
        echo "$bin 0755 root:root"
    else
        echo "$units 0755 root:root"
        echo "$bin 0755 root:root"
    fi
}

done_folders() {
    [ -z "$(folders | folders_differ)" ]
}

folders_differ() {
    while read -r path bits owner; do
        [ -d "$path" ] && [ "$(stat -c %a "$path")" = "${bits#0}" ] &&
            { [ "$mode" != host ] || [ "$(stat -c %U:%G "$path")" = "$owner" ]; } || echo "$path"
    done
}

do_folders() {
    # Whole trees of the site's own: what grows in them goes with --purge alone.
    note "tree ${etc#"$root"}"
    note "tree ${var#"$root"}"
    [ "$mode" != prefix ] || note "tree $run"
    folders | while read -r path bits owner; do
        case $path in
            # In the node's own folder the node makes the names: root would follow its links.
            "$var"/*)
                if [ "$mode" = image ]; then
                    [ -d "$path" ] || mkdir "$path"
                    chmod "$bits" "$path"
                    own "$owner" "$path"
                else
                    [ -d "$path" ] || as_user mkdir "$path"
                    as_user chmod "$bits" "$path"
                fi
                ;;
            "$etc"* | "$var" | "$run")
                [ -d "$path" ] || { make_parents "$path" && mkdir "$path"; }
                chmod "$bits" "$path"
                own "$owner" "$path"
                ;;
            # A folder of the system's keeps its owner and mode.
            *) [ -d "$path" ] || make_dir "$path" "$bits" "$owner" ;;
        esac
    done
}

# ------------------------------------------------------------------ answers, configuration

text_answers() { echo "$book/answers"; }

answer_lines() {
    for name in $answer_names; do
        eval "printf '%s=%s\\n' \"\$name\" \"\$$name\""
    done
}

done_answers() { answer_lines | cmp -s - "$book/answers"; }

do_answers() { answer_lines | put "$book/answers" 0600 root:root; }

text_configuration() { echo "$etc/map.toml: node $node_name, calls on $bind"; }

done_configuration() { [ -f "$etc/map.toml" ]; }

# The paths in it are those of the running system, also in an image.
do_configuration() {
    put "$etc/map.toml" 0640 root:map <<END
# Made by install.sh; edit it as you like, it is not written again. All keys with their defaults:
# docs/reference/configuration.md of the release. \`map serve --check-config\` reports every problem.

[node]
name = "$node_name"
data = "${var#"$root"}"
run = "$run"
keys = "${etc#"$root"}/keys"

[gateway]
bind = "$bind"

[gateway.tls]
cert_file = "${etc#"$root"}/tls/fullchain.pem"
key_file = "${etc#"$root"}/tls/privkey.pem"

[database]
url = "h2:${var#"$root"}/db/map"

[metrics]
port = $metrics_port
END
}

# ------------------------------------------------------------------ current, command

text_current() { echo "$base/current -> releases/$version"; }

done_current() { [ "$(current_version)" = "$version" ]; }

do_current() {
    note "link ${base#"$root"}/current"
    put_link "releases/$version" "$base/current"
}

text_command() { echo "$bin/map"; }

done_command() {
    case $mode in
        prefix) [ -x "$bin/map" ] ;;
        *) [ "$(readlink "$bin/map" 2>/dev/null)" = "${base#"$root"}/current/bin/map" ] ;;
    esac
}

do_command() {
    if [ "$mode" = prefix ]; then
        note "file $bin/map"
        put "$bin/map" 0755 root:root <<END
#!/bin/sh
# The command of the trial below $prefix, with its own configuration.
MAP_CONFIG=\${MAP_CONFIG:-$etc/map.toml} exec "$base/current/bin/map" "\$@"
END
    else
        note "link ${bin#"$root"}/map"
        put_link "${base#"$root"}/current/bin/map" "$bin/map"
    fi
}

# ------------------------------------------------------------------ service

text_units() { echo "systemd units in $units; where they listen, by map.toml"; }

done_units() { ! units_differ "$here"; }

do_units() { install_units "$here"; }

text_enabled() { echo 'started at boot'; }

# The links that `systemctl enable` would make; it makes them in an image too.
enabled_units() {
    echo "$unit"
    # shellcheck disable=SC2086  # names of units
    placed $node_sockets
    [ "$mode" != image ] || echo map-sovereign-setup.service
    ! has_lists || echo map-crl-refresh.timer
}

# has_lists: somebody relies on revocation lists already, so they must not grow old.
has_lists() { [ -f "$var/ca/crl/server.crl" ] || [ -f "$var/ca/crl/agent.crl" ]; }

done_enabled() {
    for each in $(enabled_units); do
        systemctl --root="${root:-/}" is-enabled --quiet "$each" 2>/dev/null || return 1
    done
}

do_enabled() {
    for each in $(enabled_units); do
        note "unit $each"
        systemctl --root="${root:-/}" enable --quiet "$each" || return 1
    done
    [ "$mode" != host ] || systemctl daemon-reload
    [ "$mode" != host ] || ! has_lists || systemctl start map-crl-refresh.timer
}

text_started() {
    [ -n "$no_start" ] && echo 'not started (--no-start)' ||
        echo "started; done when /ready answers 200, within $ready_within s"
}

done_started() { [ -n "$no_start" ] || as_map health >/dev/null 2>&1; }

do_started() {
    if ! start_node; then
        node_said
        return 1
    fi
}

# The last: the node answers without it, and nothing waits for it.
text_prepared() { echo "classes prepared for faster starts ($([ "$prepare" = full ] && echo 20 || echo 5) s)"; }

done_prepared() { [ -x "$releases/$version/bin/map-prepare" ] && "$releases/$version/bin/map-prepare" --check; }

do_prepared() {
    # What a killed one had begun.
    rm -rf "$releases/$version"/runtime/lib/.map.aot.*
    # shellcheck disable=SC2046  # an option or nothing
    "$releases/$version/bin/map-prepare" $([ "$prepare" = full ] || echo --quick)
}

text_recorded() { echo "$book/installed"; }

record_lines() {
    cat <<END
version=$version
counter=$counter
signed_by=$signed_by
schema=$(schema_version)
previous=${previous-}
previous_counter=${previous_counter-}
previous_schema=${previous_schema-}
END
}

schema_version() { as_map migrate status --output json 2>/dev/null | member version; }

done_recorded() { [ "$(fact "$book/installed" version)" = "$version" ]; }

do_recorded() {
    # A run that was killed wrote some lines twice.
    awk '!seen[$0]++' "$book/manifest" | put "$book/manifest" 0600 root:root
    record_lines | put "$book/installed" 0644 root:root
    rm -f "$etc/kept"
}

# ------------------------------------------------------------------ plan, apply

# show_plan: and leaves in $todo what is not done.
show_plan() {
    for step in $(steps); do
        if "done_$step"; then
            printf '  = %-14s %s\n' "$step" "$("text_$step")"
        else
            printf '  + %-14s %s\n' "$step" "$("text_$step")"
            todo="$todo $step"
        fi
    done
}

# run_step NAME: in a shell of its own, since in a condition -e would not end it at the first failure.
run_step() {
    journal "$1" begin
    set +e
    (
        set -e
        "do_$1"
    ) 2>"$book/step.log"
    status=$?
    set -e
    # It was moved there.
    [ "$1-$status" != release-0 ] || here=$releases/$version
    if [ "$status" -ne 0 ] || ! "done_$1"; then
        journal "$1" failed
        sed 's/^/    /' "$book/step.log" | tail -n 20 >&2
        return 1
    fi
    rm -f "$book/step.log"
    journal "$1" 'done'
}

apply_steps() {
    for step in $todo; do
        began=$(hundredths)
        case $step in keys | authority | certificate | schema) begin_verbs ;; esac
        run_step "$step" || fail 1 "step $step failed: $("text_$step")" \
            'run this again when the cause is gone: it goes on here'
        say "  + $step ($(seconds $(($(hundredths) - began))))"
    done
    end_verbs
}

# hundredths of a second since boot: no date of a bare host has them.
hundredths() {
    read -r since_boot _ </proc/uptime
    printf '%s\n' "${since_boot%.*}${since_boot#*.}"
}

# seconds HUNDREDTHS
seconds() {
    echo "$(($1 / 100)).$(($1 % 100 / 10)) s"
}
