#!/bin/sh
# The steps that make a site of a release: keys, certificates, schema, identities, registry; each a verb of
# `map` that makes only what is missing. Sourced by install.sh, as steps.sh is.
# shellcheck disable=SC2034,SC2154  # places and answers are install.sh's

# ------------------------------------------------------------------ keys, certificates

key_roles='log did plugin registry'

text_keys() { echo "private keys below $etc/keys: $key_roles"; }

done_keys() {
    for role in log did plugin registry-root registry-targets registry-snapshot registry-timestamp; do
        [ -f "$etc/keys/$role.key" ] || return 1
    done
}

# shellcheck disable=SC2086  # roles are words
do_keys() { as_map keys generate $key_roles --output json >/dev/null; }

text_authority() {
    if [ -n "$ca_import" ]; then
        echo "certificate authority from $ca_import into $var/ca"
    else
        echo "certificate authority of '$organization' below $var/ca, for $names"
    fi
}

done_authority() { [ -f "$var/ca/root.pem" ] && as_map ca status --output json >/dev/null 2>&1; }

name_options() {
    printf '%s\n' "$names" | tr ',' '\n' | sed 's/^/--name=/'
}

# shellcheck disable=SC2046  # names are words, checked when they were read
do_authority() {
    if [ -n "$ca_import" ]; then
        as_map ca import --from "$ca_import" --output json >/dev/null
        return
    fi
    as_map ca init --quick --organization "$organization" $(name_options) --output json >/dev/null
}

text_certificate() { echo "TLS certificate in $etc/tls"; }

done_certificate() { pair_fits "$etc/tls"; }

# pair_fits DIR: the certificate there is of the key there; a kill may have left only one of them.
pair_fits() {
    [ -f "$1/fullchain.pem" ] && [ -f "$1/privkey.pem" ] || return 1
    [ "$(openssl x509 -in "$1/fullchain.pem" -noout -pubkey 2>/dev/null)" = \
        "$(openssl pkey -in "$1/privkey.pem" -pubout 2>/dev/null)" ]
}

# shellcheck disable=SC2046
do_certificate() {
    as_map ca issue --profile server $(name_options) --out "$etc/tls" --output json >/dev/null
}

text_operator() { echo "the first operator's certificate, $operator, in $etc/operator"; }

done_operator() { pair_fits "$etc/operator"; }

do_operator() {
    as_map ca issue --profile operator --name "$operator" --out "$etc/operator" --output json >/dev/null
}

# ------------------------------------------------------------------ schema, identities, registry

text_schema() { echo "database schema of $version"; }

done_schema() { [ "$(as_map migrate status --output json 2>/dev/null | member current)" = true ]; }

do_schema() { as_map migrate apply --output json >/dev/null; }

access() { echo "$etc/first-access.json"; }

text_site() { echo "tenant $tenant, human root, two agents; their API keys in $(access)"; }

done_site() { [ -s "$(access)" ]; }

# The keys are shown once. A run that was killed between making one and writing this file leaves a key
# that nobody knows: it is revoked, and another one made.
do_site() {
    facts=$(as_map init --tenant "$tenant" --output json) || return 1
    if [ -z "$(printf '%s' "$facts" | member api_key)" ] ||
        [ -z "$(printf '%s' "$facts" | member second_api_key)" ]; then
        first=$(new_key "$(printf '%s' "$facts" | member agent_did)") || return 1
        second=$(new_key "$(printf '%s' "$facts" | member second_agent_did)") || return 1
        facts="${facts%\}},\"api_key\":\"$first\",\"second_api_key\":\"$second\"}"
    fi
    printf '%s\n' "$facts" | put "$(access)" 0600 root:root
}

new_key() {
    as_map apikey list --tenant "$tenant" --output json | tr '{' '\n' | grep -F "\"$1\"" |
        grep -v '"revoked_at"' | member_of_each id |
        while read -r id; do
            as_map apikey revoke "$id" --output json >/dev/null || return 1
        done
    as_map apikey create --tenant "$tenant" --did "$1" --label 'first agent' --output json | member api_key
}

member_of_each() {
    sed -n "s/.*\"$1\":\"\([^\"]*\)\".*/\1/p"
}

text_registry() { echo "the site's own registry: first snapshot, pinned in $etc/map.toml"; }

done_registry() {
    grep -qs '^\[registry\]' "$etc/map.toml" &&
        as_map registry status --output json 2>/dev/null | grep -q '"snapshot"'
}

do_registry() {
    medium=$var/registry/first
    as_user mkdir -p "$medium"
    facts=$(as_map registry create --from "$etc/identity/documents" --to "$medium" --output json) || return 1
    if ! grep -q '^\[registry\]' "$etc/map.toml"; then
        {
            cat "$etc/map.toml"
            cat <<END

[registry]
folder = "$var/registry"
bind = "$registry_bind"
root_file = "$(printf '%s' "$facts" | member root_file)"
roots = ["$(member human_root_pin <"$(access)")"]
END
        } >"$etc/map.toml.made"
        put "$etc/map.toml" 0640 root:map <"$etc/map.toml.made"
        rm -f "$etc/map.toml.made"
    fi
    as_map registry import "$medium" --output json >/dev/null || return 1
    as_user rm -rf "$medium"
}
