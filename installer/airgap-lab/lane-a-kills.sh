#!/bin/sh
# The steps of lane A that kill: install, upgrade and uninstall at each of their points, each finished by
# running the same again. Sourced by lane-a.sh.
# shellcheck disable=SC2034,SC2154

# ------------------------------------------------------------------ how

# in_background COMMAND…: in the guest, in a session of its own; $run is its process here.
in_background() {
    setsid nsenter -t "$(nspawn_leader)" -m -u -i -n -p -C -r -w -- /usr/bin/env -i \
        PATH=/usr/sbin:/usr/bin:/sbin:/bin HOME=/root "$@" &
    run=$!
}

# wait_for_step NAME PID
wait_for_step() {
    while kill -0 "$2" 2>/dev/null; do
        case $1 in
            copying) nspawn_x sh -c 'ls -d /opt/.map-sovereign.*/tarball' >/dev/null 2>&1 && return 0 ;;
            *) grep -q " $1 begin\$" "/proc/$(nspawn_leader)/root/opt/map-sovereign/install/journal" 2>/dev/null && return 0 ;;
        esac
        sleep 0.01
    done
    return 1
}

# kill_run: what in_background began; returns when nothing of it runs any more.
kill_run() {
    : >"$lab/killed"
    kill_tree "$run"
    wait "$run" 2>/dev/null || true
    while read -r each; do
        while grep -qs '^State:.[^ZX]' "/proc/$each/status"; do
            sleep 0.02
        done
    done <"$lab/killed"
}

# kill_tree PID: it and everything below it, at once; the guest's own services are not below it.
kill_tree() {
    kill -STOP "$1" 2>/dev/null || true
    # shellcheck disable=SC2013  # numbers
    for child in $(cat "/proc/$1/task"/*/children 2>/dev/null); do
        kill_tree "$child"
    done
    kill -KILL "$1" 2>/dev/null || true
    echo "$1" >>"$lab/killed"
}

# forget_journal: what is waited for is the next run's.
forget_journal() {
    nspawn_x sh -c ': >/opt/map-sovereign/install/journal'
}

# ------------------------------------------------------------------ install

# Each run is killed in the step after those that are done, as soon as the journal says that it began;
# the next one goes on. At the end stands what one run in one piece made.
kill_everywhere() {
    kills=0
    put_answers
    for each in copying account release folders answers configuration current command keys \
        authority certificate schema site operator registry units enabled started recorded prepared; do
        printf 'killed in %s\n' "$each"
        # Until the release is there by its medium, then by its own install.sh.
        case $each in
            copying | account | release | folders)
                in_background sh "/medium/first/map-sovereign-$first-install.sh" \
                    --key-sha256 "$(fingerprint)" --unattended /run/answers
                ;;
            *) in_background "/opt/map-sovereign/releases/$first/install.sh" --unattended /run/answers ;;
        esac
        wait_for_step "$each" "$run" || broken "the run ended before the step $each began"
        [ "$each" != prepared ] || nspawn_x map health >/dev/null || broken 'the node waits for its classes'
        kill_run
        kills=$((kills + 1))
    done
    lab_install first
    state | diff "$lab/state" - || broken 'another state than in one piece'
    seen "$kills kills, state $(state_hash)"
}

# ------------------------------------------------------------------ upgrade

# Killed in each phase; the next run ends it.
upgrade_killed() {
    for each in upgrade-stopping upgrade-switched upgrade-migrating upgrade-starting; do
        from=$(current)
        medium=next
        [ "$from" = "releases/$first" ] || { nspawn_x /opt/map-sovereign/current/bin/map-rollback; }
        forget_journal
        in_background sh "/medium/$medium/map-sovereign-$first.1-install.sh" \
            --key-sha256 "$(fingerprint)" --unattended /run/answers
        wait_for_step "$each" "$run" || broken "the run ended before $each"
        kill_run
        echo "killed in $each: current is $(current)"
        lab_install $medium
        [ "$(current)" = "releases/$first.1" ] || broken "current is $(current)"
        next_record
    done
    nspawn_x /opt/map-sovereign/current/bin/map-rollback
    seen "4 kills, record $(cat "$lab/record")"
}

# ------------------------------------------------------------------ uninstall

# uninstall_killed OPTION KIND…: once at each kind of thing that is removed, and three times more among
# the files of the release; always by the command that the operator knows.
uninstall_killed() {
    option=$1
    shift
    for each in "$@" release release release; do
        forget_journal
        in_background sh /opt/map-sovereign/current/uninstall.sh "$option"
        wait_for_step "remove-$each" "$run" || broken "the run ended before it removed a $each"
        kill_run
        kills=$((kills + 1))
        echo "killed at $each: $(nspawn_x find /opt/map-sovereign -type f | wc -l) files left"
        expect 3 lab_install first >"$lab/refusal" 2>&1
        grep -q 'an uninstall was interrupted' "$lab/refusal" || broken 'an install goes on over half an uninstall'
    done
    nspawn_x /opt/map-sovereign/current/uninstall.sh
    nspawn_x sh -c '! test -e /opt/map-sovereign && ! test -e /opt/.map-sovereign.book && ! test -e /usr/local/bin/map'
}

kill_uninstall() {
    kills=0
    uninstall_killed --keep-data unit file link
    nspawn_x test -s /etc/map/keys/log.key || broken 'the data is gone'
    lab_install first
    next_record
    uninstall_killed --purge unit file link tree
    tree | diff "$lab/tree.before" - || broken 'the tree after the purge differs from the one before the install'
    lab_install first
    rm -f "$lab/record"
    seen "$kills kills, the data found again, then the tree as before"
}
