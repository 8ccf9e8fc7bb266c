#!/bin/sh
# The unit files: those of the release, and the drop-ins that this site's configuration makes of them.
# Sourced by install.sh, map-rollback and map-units.
# shellcheck disable=SC2154  # places are set by who sources this

site_dropins='map-sovereign.socket.d/10-site.conf map-sovereign-metrics.socket.d/10-site.conf
map-sovereign-registry.socket.d/10-site.conf map-sovereign.service.d/10-egress.conf'

# put_units FILE…: as note and put do it for one, but flushed together: each flush takes its time.
put_units() {
    for file in "$@"; do
        line="file ${units#"$root"}/${file##*/}"
        grep -qxF -- "$line" "$book/manifest" 2>/dev/null || printf '%s\n' "$line" >>"$book/manifest"
    done
    flush "$book/manifest"
    for file in "$@"; do
        made=$units/${file##*/}.new
        rm -f "$made"
        (umask 077 && cat "$file" >"$made")
        chmod 0644 "$made"
        own root:root "$made"
    done
    flush "$units"/*.new
    for file in "$@"; do
        mv -f "$units/${file##*/}.new" "$units/${file##*/}"
    done
    flush "$units"
}

# install_units RELEASE: its units as they are in it, the site's drop-ins, and nothing of another release.
install_units() {
    [ "$mode" != prefix ] || return 0
    # shellcheck disable=SC2046  # paths without blanks
    put_units $(release_units "$1")
    if [ -f "$1/systemd/map-sovereign.socket" ]; then
        site_units "$1" || return 1
    else
        # shellcheck disable=SC2086  # paths without blanks
        drop_units $site_dropins
    fi
    drop_others "$1"
    [ "$mode" != host ] || systemctl daemon-reload
}

release_units() {
    for file in "$1"/systemd/*.service "$1"/systemd/*.timer "$1"/systemd/*.socket; do
        [ ! -f "$file" ] || echo "$file"
    done
}

# units_differ RELEASE: without starting Java; a drop-in names the configuration that it was made from.
units_differ() {
    for file in $(release_units "$1"); do
        cmp -s "$file" "$units/${file##*/}" || return 0
    done
    [ -f "$1/systemd/map-sovereign.socket" ] || return 1
    ! grep -qsxF "$(made_from)" "$units/map-sovereign.socket.d/10-site.conf"
}

made_from() {
    echo "# Made from map.toml $(sha256sum <"$etc/map.toml" | cut -c 1-32)"
}

# drop_units FILE…: below $units; gone from the disk, then from the manifest.
drop_units() {
    for name in "$@"; do
        if [ -f "$units/$name" ]; then
            rm -f "$units/$name"
            forget "file ${units#"$root"}/$name"
        fi
    done
}

# drop_others RELEASE: what another release of ours had placed and this one does not have.
drop_others() {
    sed -n "s|^file ${units#"$root"}/\([^/]*\)\$|\1|p" "$book/manifest" | while read -r name; do
        [ -f "$1/systemd/$name" ] || drop_units "$name"
    done
}

# forget LINE of the manifest: what it named is gone.
forget() {
    grep -vxF -- "$1" "$book/manifest" | put "$book/manifest" 0600 root:root
}

# ------------------------------------------------------------------ what the site's configuration asks for

# site_units RELEASE
site_units() {
    site_facts "$1" || return 1
    gateway=$(address_of gateway.bind "$site_gateway") || return 1
    registry=$(address_of registry.bind "$site_registry") || return 1
    allowed=$(egress_addresses) || return 1
    drop_in map-sovereign.socket 10-site.conf <<END
$(made_from)
# by bin/map-units; run that when gateway.bind has changed.
[Socket]
ListenStream=
ListenStream=$gateway
END
    drop_in map-sovereign-metrics.socket 10-site.conf <<END
[Socket]
ListenStream=
ListenStream=$site_metrics
END
    drop_in map-sovereign-registry.socket 10-site.conf <<END
[Socket]
ListenStream=
ListenStream=$registry
END
    if [ -z "$site_egress" ]; then
        drop_units map-sovereign.service.d/10-egress.conf
        return 0
    fi
    drop_in map-sovereign.service 10-egress.conf <<END
# Made by bin/map-units from sovereign.allowed_egress: $site_egress
# The network, to these addresses and this host alone; everything else the kernel drops.
[Service]
PrivateNetwork=no
RestrictAddressFamilies=AF_INET AF_INET6
IPAddressAllow=localhost $allowed
END
}

# drop_in UNIT NAME: standard input.
drop_in() {
    make_dir "$units/$1.d" 0755 root:root
    note "file ${units#"$root"}/$1.d/$2"
    put "$units/$1.d/$2" 0644 root:root
}

# site_facts RELEASE: sets $site_gateway, $site_metrics, $site_registry (host:port) and $site_egress
# (words). In an image the configuration names files of the running system: there its answers count.
site_facts() {
    if [ "$mode" = image ]; then
        site_gateway=$bind site_metrics=127.0.0.1:$metrics_port site_registry=$registry_bind site_egress=
        return 0
    fi
    if [ "${verbs-}" = "$1/bin/map" ]; then
        site=$(as_map serve --check-config --output json) || return 1
    else
        site=$(check_config_with "$1" --output json) || return 1
    fi
    site_gateway=$(printf '%s' "$site" | member gateway)
    site_metrics=$(printf '%s' "$site" | member metrics)
    site_registry=$(printf '%s' "$site" | member registry)
    site_egress=$(printf '%s' "$site" | sed -n 's/.*"allowed_egress":\[\([^]]*\)\].*/\1/p' | tr -d '"' | tr ',' ' ')
}

# check_config_with RELEASE [OPTION…]: staged files are root's alone until they are placed, so root reads here.
check_config_with() {
    checked=$1
    shift
    env -i PATH=/usr/bin:/bin HOME="$base" MAP_CONFIG="$etc/map.toml" "$checked/bin/map" serve --check-config "$@"
}

# address_of KEY HOST:PORT: systemd looks no name up.
address_of() {
    case $2 in
        localhost:*) echo "127.0.0.1:${2##*:}" ;;
        \[*\]:*) printf '%s\n' "$2" ;;
        *[!0-9.:]*) fail 3 "$1 is $2" 'systemd listens on an address, not on a name: write the address' ;;
        *) printf '%s\n' "$2" ;;
    esac
}

# egress_addresses: of the hosts in $site_egress; names by /etc/hosts alone, since a look-up would be
# the first packet that nobody allowed.
egress_addresses() {
    for entry in $site_egress; do
        host=${entry%:*}
        case $host in
            localhost | 127.*) ;;
            \[*\]) printf '%s' "${host#\[}" | tr ']' ' ' ;;
            *[!0-9.]*)
                known=$(awk -v name="$host" '!/^[[:space:]]*#/ {
                    for (i = 2; i <= NF && $i !~ /^#/; i++) if ($i == name) printf "%s ", $1 }' /etc/hosts 2>/dev/null) || true
                [ -n "$known" ] || fail 3 "sovereign.allowed_egress names $host, which is not in /etc/hosts" \
                    'put it there, or write its address: a name server would have to be asked otherwise'
                printf '%s' "$known"
                ;;
            *) printf '%s ' "$host" ;;
        esac
    done
}
