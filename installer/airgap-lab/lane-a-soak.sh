#!/bin/sh
# Two releases in turn, under calls: nothing that was answered may be missing in the log, and no index may be
# there twice. Sourced by lane-a.sh.
# shellcheck disable=SC2034,SC2154

rounds=2

# calling: calls until $lab/soak.stop is there, each answer's index and hash, one a line, in $lab/soak.
# From outside, in the guest's network: a call must not take as long as a Java to start.
calling() {
    root=/proc/$(nspawn_leader)/root
    cp "$root/var/lib/map/ca/root.pem" "$lab/soak.pem"
    printf 'header = "Authorization: Bearer %s"\nheader = "Content-Type: application/json"\n' \
        "$(cat "$lab/key.api_key")" >"$lab/soak.curl"
    printf '{"protocol":"OAS","operation":"resolve","input":{"did":"%s"}}' "$(access_member agent_did)" >"$lab/soak.body"
    while [ ! -e "$lab/soak.stop" ]; do
        answer=$(ip netns exec "$machine" curl -s --max-time 5 --cacert "$lab/soak.pem" -K "$lab/soak.curl" \
            --data-binary "@$lab/soak.body" https://127.0.0.1:8443/v1/dispatch || true)
        # Refused while it drains is recorded nowhere, and says so.
        case $answer in
            *'"record_hash"'*)
                printf '%s %s\n' "$(printf '%s' "$answer" | sed 's/.*"record_index":\([0-9]*\).*/\1/')" \
                    "$(printf '%s' "$answer" | sed 's/.*"record_hash":"\([0-9a-f]*\)".*/\1/')" >>"$lab/soak"
                ;;
            *)
                echo . >>"$lab/soak.refused"
                sleep 0.05
                ;;
        esac
    done
}

soak() {
    : >"$lab/soak"
    : >"$lab/soak.refused"
    rm -f "$lab/soak.stop"
    calling &
    caller=$!
    round=0
    while [ $round -lt $rounds ]; do
        lab_install next
        [ "$(current)" = "releases/$first.1" ] || broken "current is $(current)"
        nspawn_x /opt/map-sovereign/current/bin/map-rollback
        [ "$(current)" = "releases/$first" ] || broken "current is $(current)"
        round=$((round + 1))
        echo "round $round: $(wc -l <"$lab/soak") answered, $(wc -l <"$lab/soak.refused") not"
    done
    : >"$lab/soak.stop"
    wait "$caller"
    [ "$(wc -l <"$lab/soak")" -gt $((rounds * 20)) ] || broken "only $(wc -l <"$lab/soak") calls were answered"
    grep -vE '^[0-9]+ [0-9a-f]{64}$' "$lab/soak" && broken 'an answer has no record'
    [ -z "$(cut -d ' ' -f 1 "$lab/soak" | sort | uniq -d)" ] || broken 'an index was answered twice'
    [ "$(sort -n "$lab/soak" | cut -d ' ' -f 1 | sort -nc 2>&1)" = '' ] || broken 'indexes do not rise'
    nspawn_x map audit verify --database --output json >"$lab/verdict"
    cat "$lab/verdict"
    # Each answer's record, as the log has it: in what an export puts on the stick.
    export_and_verify
    in_the_log "$lab/read/MAP-AUDIT" "$lab/soak"
    seen "$rounds rounds, $(wc -l <"$lab/soak") answers in the log, $(wc -l <"$lab/soak.refused") refused"
}
