#!/bin/sh
# The release exports to sticks that are pulled, in a guest whose kernel knows FAT32 and exFAT, and a
# unit started by udev exports to one that is only plugged in. What is on the sticks in the end is
# verified outside.
set -eu

usage() {
    cat <<'END'
Usage: media-lane.sh [TARBALL]

TARBALL is the release, by default the newest in installer/target. Needs root, QEMU and what
guest.sh missing names. Some 20 minutes on two busy processors; no network but for Debian's packages, the
first time.

Exit codes: 0 all was checked · 1 something does not hold · 2 usage · 3 it cannot run here

Example:
  installer/airgap-lab/media-lane.sh
END
}

here=$(cd "$(dirname "$0")" && pwd -P)
case ${1-} in
    -h | --help)
        usage
        exit 0
        ;;
    -*)
        usage >&2
        exit 2
        ;;
esac
tarball=${1:-$(find "$here/../target" -maxdepth 1 -name 'map-sovereign-[0-9]*-linux-x86_64.tar.gz' | sort | tail -n 1)}
started=$(date +%s)

say() {
    printf '%4d s  %s\n' "$(($(date +%s) - started))" "$1"
}

fail() {
    echo "media-lane.sh: $1" >&2
    exit "${2:-1}"
}

lacking=$("$here/guest.sh" missing)
for program in mkfs.vfat mkfs.exfat mcopy mount.exfat-fuse losetup; do
    command -v "$program" >/dev/null 2>&1 || lacking="$lacking $program"
done
[ -z "$lacking" ] || fail "FAT32, exFAT and udev were NOT tested: missing: $(echo "$lacking" | tr '\n' ' ')" 3
[ -n "$tarball" ] || fail 'no release: mvn package' 3

work=$(mktemp -d)
guest=$work/guest
mkdir "$guest" "$work/release"
loop='' mounted=''
clean() {
    [ ! -f "$guest/pid" ] || "$here/guest.sh" stop "$guest"
    [ -z "$mounted" ] || umount "$mounted"
    [ -z "$loop" ] || losetup -d "$loop"
    rm -rf "$work"
}
trap clean EXIT
trap 'exit 1' INT TERM

# in_guest [SECONDS] <SCRIPT: its output is kept in $out.
in_guest() {
    out=$("$here/guest.sh" run "$guest" "${1:-120}" 2>&1) || fail "in the guest: $out"
}

# ------------------------------------------------------------------ the site and the guest

"$here/guest.sh" image >/dev/null
say 'the guest is there'
mkdir -p "$work/payload/release"
tar -xzf "$tarball" -C "$work/payload/release" --strip-components=1
"$here/site.sh" "$work/payload/release" "$work/site" 6400 2>"$work/site.log" ||
    fail "$(tail -n 5 "$work/site.log")"
say 'a site has made a log of 6400 records'
mv "$work/site/etc" "$work/site/var" "$work/payload/"
cp "$here"/in-guest/* "$here"/../../systemd/*.service "$here"/../../systemd/*.socket "$here"/../../systemd/*.rules \
    "$work/payload/"
truncate -s 1G "$guest/payload.img"
mke2fs -q -F -t ext4 -d "$work/payload" "$guest/payload.img"

"$here/guest.sh" start "$guest"
in_guest 400 <<'END'
set -e
mkdir -p /mnt/payload /opt/map-sovereign/current /media/mapaudit
mount -o ro /dev/vdb /mnt/payload
mount --bind /mnt/payload/release /opt/map-sovereign/current
ln -s /opt/map-sovereign/current/bin/map /usr/local/bin/map
useradd --system --home-dir /var/lib/map --no-create-home map
cp -a /mnt/payload/var /var/lib/map
cp -a /mnt/payload/etc /etc/map
chown -R map:map /var/lib/map /etc/map
cd /mnt/payload
install -m 0755 control frozen-at /usr/local/sbin/
install -m 0644 map-sovereign.service map-sovereign.socket map-audit-export@.service /etc/systemd/system/
# The site here has no TLS: where systemd listens must be loopback too.
mkdir /etc/systemd/system/map-sovereign.socket.d
printf '[Socket]\nListenStream=\nListenStream=127.0.0.1:8443\n' >/etc/systemd/system/map-sovereign.socket.d/lab.conf
systemctl daemon-reload
systemctl start map-sovereign.service
until [ -S /run/map/control.sock ]; do
    systemctl is-active --quiet map-sovereign.service
    sleep 0.2
done
control audit.status '{}'
END
node=$(echo "$out" | sed -n 's/.*"node":"\([^"]*\)".*/\1/p')
[ -n "$node" ] || fail "no node: $out"
say "$node, the release's, runs in the guest"

# ------------------------------------------------------------------ pulled at eleven points

# One export takes one block of 256 records: --max-size cuts at whole blocks.
export_verb="control audit.export '{\"to\":\"/media/mapaudit\",\"max_size\":\"350K\"}'"

# stick NAME MAKE…: a new medium in the file NAME.img, labelled.
stick() {
    image=$work/$1.img
    truncate -s 64M "$image"
    shift
    "$@" "$image" >"$work/mkfs.log" 2>&1 || fail "$(cat "$work/mkfs.log")"
}

# mounted_in_guest CHECK…: plugs the stick in and mounts it, after a look as a desktop has; then
# every manifest of a whole bundle holds.
mounted_in_guest() {
    "$here/guest.sh" plug "$guest" "$name" "$work/$name.img"
    in_guest <<END
until [ -b /dev/disk/by-label/MAPAUDIT ]; do sleep 0.1; done
$* /dev/disk/by-label/MAPAUDIT || [ \$? -le 1 ] || exit 1
set -e
mount -o nosuid,nodev,noexec,uid=map,gid=map /dev/disk/by-label/MAPAUDIT /media/mapaudit
cd /media/mapaudit
for manifest in MAP-AUDIT/*/bundle-*[0-9]/manifest.txt; do
    [ -e "\$manifest" ] || continue
    folder=\${manifest%/bundle-*}
    (cd "\$folder" && sha256sum -c --strict --quiet "\${manifest#"\$folder"/}")
    echo "\$manifest holds"
done
END
    held=$(echo "$out" | grep -c ' holds$' || true)
}

# exported: the stick has what the answer in $out says; the next export begins at $block.
exported() {
    bundle=$(echo "$out" | sed -n 's/.*\/bundle-\([0-9]*\)".*/\1/p' | tail -n 1)
    last=$(echo "$out" | sed -n 's/.*"acme [0-9]*-\([0-9]*\)"\],"records".*/\1/p' | tail -n 1)
    case $bundle,$last in
        ,* | *,) fail "no export: $out" ;;
    esac
    block=$(printf '%03d' $(((last + 1) / 256)))
}

# pulled_at WHAT SYSCALL N PATH: an export is begun, and the stick pulled behind that call.
pulled_at() {
    what=$1 syscall=$2 count=$3 path=/media/mapaudit/MAP-AUDIT/$node$4
    in_guest <<END
frozen-at $syscall $count "$path" $export_verb
END
    "$here/guest.sh" pull "$guest" "$name"
    in_guest <<'END'
frozen-at go
[ $? -eq 1 ] || exit 9
umount -l /media/mapaudit
END
    echo "$out" | grep -q 'pulled\|read-only after an error' || fail "$what: it said $out"
    before=$held
    mounted_in_guest "$check"
    [ "$held" -ge "$before" ] || fail "$what: an older bundle is gone: $out"
    in_guest <<END
$export_verb
[ -z "\$(find /media/mapaudit/MAP-AUDIT -name '*.part')" ]
END
    exported
    held=$(((held > before ? held : before) + 1))
    say "$name: pulled $what; bundle-$bundle is whole"
}

# pulled_stick NAME CHECK…: all of it on a stick that is there.
pulled_stick() {
    name=$1
    shift
    check=$*
    mounted_in_guest "$check"
    in_guest <<END
$export_verb
END
    exported
    held=1
    pulled_at 'while the plan is made' openat 1 "/bundle-$bundle/manifest.sig"
    pulled_at 'when the bundle is begun' mkdir 1 "/bundle-$((bundle + 1)).part"
    pulled_at 'when the plan is written' openat 1 "/bundle-$((bundle + 1)).part/bundle.json"
    pulled_at 'when the plan is synced' syncfs 1 ''
    pulled_at 'between hash tiles' openat 1 "/logs/acme/tile/0/$block"
    pulled_at 'between entries' openat 1 "/logs/acme/tile/entries/$block"
    pulled_at 'when all is synced' syncfs 2 ''
    pulled_at 'at the signature' openat 1 "/bundle-$((bundle + 1)).part/manifest.sig"
    pulled_at 'while it is read back' openat 2 "/logs/acme/tile/entries/$block"
    pulled_at 'at the rename' rename 1 "/bundle-$((bundle + 1)).part"
    pulled_at 'behind the rename' openat 1 "/logs/acme/checkpoint.part"
    echo 'umount /media/mapaudit' | in_guest
    "$here/guest.sh" pull "$guest" "$name"
}

stick fat32 mkfs.vfat -F 32 -s 1 -n MAPAUDIT
pulled_stick fat32 fsck.vfat -a
stick exfat mkfs.exfat -L MAPAUDIT
pulled_stick exfat fsck.exfat -p

# ------------------------------------------------------------------ by itself

# by_itself NAME: a labelled stick is plugged in, and nothing else is done.
by_itself() {
    stick "$1" mkfs.vfat -F 32 -s 1 -n MAPAUDIT
    "$here/guest.sh" plug "$guest" "$1" "$work/$1.img"
    in_guest 300 <<'END'
unit=map-audit-export@media-mapaudit.service
# Another run of the unit than the last one.
until id=$(systemctl show -P InvocationID "$unit") && [ -n "$id" ] && ! grep -qs "$id" /run/last-export; do
    sleep 0.2
done
echo "$id" >/run/last-export
while systemctl is-active --quiet "$unit" || [ "$(systemctl show -P ActiveState "$unit")" = activating ]; do
    sleep 0.2
done
journalctl -u "$unit" --output cat
systemctl show -p Result -p ExecMainStatus "$unit"
[ "$(systemctl show -P Result "$unit")" = success ] || exit 1
systemctl reset-failed
umount /media/mapaudit
END
    "$here/guest.sh" pull "$guest" "$1"
}

in_guest <<'END'
set -e
sed -n 's/^#   LABEL=/LABEL=/p' /mnt/payload/99-map-audit-export.rules >>/etc/fstab
grep -q '^LABEL=MAPAUDIT' /etc/fstab
cp /mnt/payload/99-map-audit-export.rules /etc/udev/rules.d/
udevadm control --reload
systemctl daemon-reload
END
by_itself served
say 'a stick that was only plugged in has an export of the running node'
echo 'systemctl stop map-sovereign.socket map-sovereign.service' | in_guest 120
by_itself alone
say 'and one without a running node'
"$here/guest.sh" stop "$guest"

# ------------------------------------------------------------------ outside

# verified FOLDER: by both verifiers of the release.
verified() {
    "$work/payload/release/bin/map-verify" bundle "$1" --trust "$work/site/trust.txt" \
        >"$work/verdict" 2>&1 || fail "map-verify of $1: $(cat "$work/verdict")"
    python3 -I "$work/payload/release/verify.py" "$1" --trust "$work/site/trust.txt" \
        >"$work/verdict" 2>&1 || fail "verify.py of $1: $(cat "$work/verdict")"
}

for name in fat32 served alone; do
    mkdir "$work/$name"
    mcopy -s -n -i "$work/$name.img" ::MAP-AUDIT "$work/$name"
    verified "$work/$name"
done
mounted=$work/exfat
mkdir "$mounted"
loop=$(losetup -f --show "$work/exfat.img")
mount.exfat-fuse -o ro "$loop" "$mounted" >"$work/mount.log" 2>&1 || fail "$(cat "$work/mount.log")"
verified "$mounted"
say 'all four sticks are verified outside, by map-verify and verify.py'
