#!/bin/sh
# From one release to another, and back. Code and database go back together, the audit journal never:
# docs/internals/install.md. Sourced by install.sh and map-rollback; $from and $version are the releases
# to leave and to reach.
# shellcheck disable=SC2034,SC2154

phase() {
    fact "$book/upgrade" phase
}

# enter PHASE [yes|no]: durable before anything of that phase is done; whether the database goes back too.
enter() {
    printf 'from=%s\nto=%s\nphase=%s\ndatabase=%s\n' "$upgrade_from" "$upgrade_to" "$1" "${2-}" |
        put "$book/upgrade" 0644 root:root
    journal "upgrade-$1" begin
}

backup_folder() {
    printf '%s\n' "$var/backup/$upgrade_from-to-$upgrade_to"
}

show_upgrade() {
    say "  upgrade from $from to $version:"
    say "  + release        $releases/$version, beside $from, which stays for map-rollback"
    case $(database_kind) in
        h2) say "  + backup         of the database ($(($(database_kib) / 1024)) MiB) in $var/backup/$from-to-$version, after the node has stopped" ;;
        *) say '  = backup         yours: the database is not the embedded one' ;;
    esac
    say '  + switch         current, units'
    say "  + schema         map migrate apply of $version"
    say "  + started        within $ready_within s /ready answers 200; else code and database go back to $from"
}

# ------------------------------------------------------------------ forward

upgrade() {
    upgrade_from=$from upgrade_to=$version
    if [ "$(phase)" = returning ]; then
        say "a way back to $from was interrupted: it is finished first"
        go_back
    fi
    done_release || run_step release || fail 1 "$version could not be placed; $from runs on"
    say "  + release"
    # While the old one still runs: with it the new one starts in a third of the time.
    done_prepared || do_prepared || warn 'classes could not be prepared; the start is slower'
    begin_verbs
    set +e
    (
        set -e
        switch_over
    )
    status=$?
    set -e
    if [ "$status" -ne 0 ]; then
        warn "$version does not run; going back to $from"
        go_back || fail 1 "$from does not answer either" "see journalctl -u $unit; the audit journal is untouched"
        fail 1 "the upgrade to $version failed; $from runs again, with its database" \
            "$releases/$version stays for a look; map-rollback is not needed"
    fi
    finish_upgrade
}

# switch_over: everything during which the node does not answer. Ends at the first failure.
switch_over() {
    case $(phase) in
        migrating | starting) ;;
        *)
            outage_began=$(hundredths)
            enter stopping
            stop_node
            if [ "$(database_kind)" = h2 ]; then
                backup_began=$(hundredths)
                database save
                say "  + backup         $(backup_folder), compared ($(seconds $(($(hundredths) - backup_began))))"
            fi
            enter switched
            ;;
    esac
    if [ "$(phase)" != starting ]; then
        [ "$mode" = prefix ] || place_account_file "$releases/$version"
        put_link "releases/$version" "$base/current"
        install_units "$releases/$version"
        enter migrating
        do_schema
        enter starting
    fi
    if [ -z "$no_start" ] && ! start_node; then
        node_said
        return 1
    fi
    say "  + started${outage_began:+ ($(seconds $(($(hundredths) - outage_began))) without a node)}"
}

# database save|seal|restore|forget: of the embedded one, as the user whom it belongs to.
database() {
    as_user sh "$releases/$version/install/database.sh" "$1" "$var" "$upgrade_from-to-$upgrade_to"
}

finish_upgrade() {
    previous=$from
    previous_counter=$(fact "$book/installed" counter)
    previous_schema=$(fact "$book/installed" schema)
    do_recorded
    rm -f "$book/upgrade"
    end_verbs
    journal upgrade 'done'
    [ "$(database_kind)" != h2 ] || database seal
    # Two releases are kept: this one, and the one that map-rollback goes to.
    for each in "$releases"/*; do
        name=${each##*/}
        case $name in
            "$version" | "$previous") ;;
            *)
                rm -rf "$each"
                rm -f "$book/placed-$name"
                forget "release $name"
                ;;
        esac
    done
    database forget
    say "  + recorded; back with $base/current/bin/map-rollback"
}

# forget LINE of the manifest: what it named is gone.
forget() {
    grep -vxF -- "$1" "$book/manifest" | put "$book/manifest" 0600 root:root
}

# ------------------------------------------------------------------ back

# go_back: to $upgrade_from, from whatever phase. Status 1 when that does not answer either.
go_back() {
    case $(phase) in
        migrating | starting) database_too=yes ;;
        returning) database_too=$(fact "$book/upgrade" database) ;;
        *) database_too=no ;;
    esac
    enter returning "$database_too"
    stop_node
    if [ "$database_too" = yes ] && [ "$(database_kind)" = h2 ]; then
        database restore || return 1
        say "  + database       from $(backup_folder)"
    fi
    put_link "releases/$upgrade_from" "$base/current"
    install_units "$releases/$upgrade_from"
    program=$releases/$upgrade_from/bin/map
    if [ -z "$no_start" ] && ! start_node; then
        node_said
        program=$releases/$version/bin/map
        return 1
    fi
    program=$releases/$version/bin/map
    rm -f "$book/upgrade"
    journal upgrade-returning 'done'
}
