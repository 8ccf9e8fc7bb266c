#!/bin/sh
# A Debian guest with a kernel of its own, for what a host's kernel does not have or should not be
# asked to do: sticks that are plugged in and pulled, FAT and exFAT, udev. QEMU without KVM, no
# network card at all.
set -eu

usage() {
    cat <<'END'
Usage: guest.sh COMMAND …

  missing                    names the programs that this needs and that are not here
  image                      makes the guest (some minutes, once) and prints its folder
  start DIR                  starts one from its saved state; its second disk, /dev/vdb, is the
                             file DIR/payload.img, at most 1 GiB, read only
  boot DIR [OPTION…]         switches one on, with its disk as it was left and with further options
                             of QEMU: -m 512, -rtc base=2021-01-01T00:00:00
  run DIR [SECONDS] <SCRIPT  runs a bash script in it; its output, its exit status
  plug DIR ID IMAGE          plugs a stick, whose content is a file of the host, into its USB port
  pull DIR ID                pulls it out
  stop DIR                   ends it as a power cut does: what it had not written to its disk is gone

Environment: MAP_LAB_CACHE (~/.cache/map-airgap-lab) keeps guests that were made.

Exit codes: 0 done · 1 it failed · 2 usage · 3 root or a program is missing · 125 no answer;
run: those of the script

Example:
  guest.sh image && guest.sh start /tmp/g && echo uname -a | guest.sh run /tmp/g && guest.sh stop /tmp/g
END
}

here=$(cd "$(dirname "$0")" && pwd -P)
cache=${MAP_LAB_CACHE:-${HOME:-/root}/.cache/map-airgap-lab}
packages=systemd,systemd-sysv,dbus,udev,openssl,kmod,linux-image-amd64,initramfs-tools,dosfstools,exfatprogs,e2fsprogs,procps,strace

fail() {
    echo "guest.sh: $1" >&2
    exit "${2:-1}"
}

missing() {
    for program in qemu-system-x86_64:qemu-system-x86 qemu-img:qemu-utils mmdebstrap:mmdebstrap \
        mke2fs:e2fsprogs python3:python3; do
        command -v "${program%:*}" >/dev/null 2>&1 || echo "${program#*:}"
    done
    [ "$(id -u)" -eq 0 ] || echo 'root (mmdebstrap makes owners and devices)'
}

# The folder of the guest that is made here: another recipe or other hardware, another folder.
image_folder() {
    recipe=$({
        sed -n '/^packages=/p; /^qemu() {/,/^}/p; /^make_image() {/,/^}/p' "$here/guest.sh"
        cat "$here/guest-agent" "$here/guest-agent.service"
    } | sha256sum | cut -c 1-16)
    echo "$cache/$recipe"
}

# A saved state knows its disks by their sizes.
disk_bytes=1073741824

# qemu DIR DISK KERNEL_DIR OPTION…: starts QEMU; its process id is in DIR/pid. With all options the
# same but the paths, or a saved state does not fit.
qemu() {
    dir=$1 disk=$2 boot=$3
    shift 3
    qemu-system-x86_64 -machine q35,accel=tcg -cpu qemu64 -smp 2 -m 1536 \
        -nodefaults -no-user-config -display none -nic none \
        -kernel "$boot/kernel" -initrd "$boot/initrd" \
        -append 'root=/dev/vda rw console=ttyS0 systemd.show_status=0 quiet loglevel=4 mitigations=off cryptomgr.notests tsc=reliable no_timer_check' \
        -drive "file=$disk,if=none,id=root,format=qcow2,cache=unsafe" \
        -device virtio-blk-pci,drive=root \
        -drive "file=$dir/payload.img,if=none,id=payload,format=raw,readonly=on" \
        -device virtio-blk-pci,drive=payload \
        -chardev "file,id=console,path=$dir/console" -serial chardev:console \
        -device virtio-serial-pci \
        -chardev "socket,id=lab,path=$dir/agent.sock,server=on,wait=off" \
        -device virtserialport,chardev=lab,name=lab \
        -qmp "unix:$dir/qmp.sock,server=on,wait=off" \
        -device qemu-xhci,id=xhci -device virtio-rng-pci "$@" \
        >"$dir/qemu.log" 2>&1 &
    echo $! >"$dir/pid"
}

run() {
    python3 "$here/guest-talk.py" "$1" agent "${2:-60}"
}

# ready DIR: waits until the guest's agent answers.
ready() {
    tries=0
    until echo true | run "$1" 5 2>/dev/null; do
        tries=$((tries + 1))
        kill -0 "$(cat "$1/pid")" 2>/dev/null || fail "QEMU ended: $(cat "$1/qemu.log")"
        [ "$tries" -lt 120 ] || fail "the guest does not answer; its console: $1/console"
        sleep 1
    done
}

stop() {
    pid=$(cat "$1/pid")
    kill -KILL "$pid" 2>/dev/null || true
    while kill -0 "$pid" 2>/dev/null; do sleep 0.1; done
    rm -f "$1/pid"
}

make_image() {
    image=$(image_folder)
    if [ -f "$image/guest.qcow2" ]; then
        echo "$image"
        return
    fi
    lacking=$(missing)
    [ -z "$lacking" ] || fail "missing: $lacking" 3
    echo 'guest.sh: making the guest; some minutes, once' >&2
    mkdir -p "$cache"
    work=$(mktemp -d "$cache/making-XXXXXX")
    trap 'rm -rf "$work"' EXIT
    # shellcheck disable=SC2016  # apt-get's own variable
    mirror=$(apt-get indextargets --format '$(SITE)' 'Created-By: Packages' | head -n 1)
    # shellcheck source=/dev/null
    suite=$(. /etc/os-release && echo "$VERSION_CODENAME")
    mkdir "$work/root"
    mmdebstrap --quiet --variant=minbase --include="$packages" "$suite" "$work/root.tar" "$mirror" \
        >"$work/log" 2>&1 || fail "mmdebstrap: $(tail -n 5 "$work/log")"
    tar -C "$work/root" -xf "$work/root.tar"
    install -m 0755 "$here/guest-agent" "$work/root/usr/local/sbin/"
    install -m 0644 "$here/guest-agent.service" "$work/root/etc/systemd/system/"
    mkdir -p "$work/root/etc/systemd/system/multi-user.target.wants"
    ln -s ../guest-agent.service "$work/root/etc/systemd/system/multi-user.target.wants/"
    for each in apt-daily apt-daily-upgrade dpkg-db-backup; do
        ln -sf /dev/null "$work/root/etc/systemd/system/$each.timer"
    done
    rm -f "$work/root/etc/resolv.conf"
    : >"$work/root/etc/machine-id"
    echo guest >"$work/root/etc/hostname"
    cp "$work"/root/boot/vmlinuz-* "$work/kernel"
    cp "$work"/root/boot/initrd.img-* "$work/initrd"
    truncate -s 4G "$work/root.ext4"
    mke2fs -q -F -t ext4 -d "$work/root" "$work/root.ext4"
    qemu-img convert -O qcow2 "$work/root.ext4" "$work/guest.qcow2"
    rm -rf "$work/root" "$work/root.tar" "$work/root.ext4"
    truncate -s "$disk_bytes" "$work/payload.img"
    # Its memory is saved once it is up, so that a test need not wait for it to boot.
    qemu "$work" "$work/guest.qcow2" "$work"
    trap 'stop "$work"; rm -rf "$work"' EXIT
    ready "$work"
    echo 'systemctl is-system-running --wait; sync' | run "$work" 300 >&2
    python3 "$here/guest-talk.py" "$work" qmp \
        '{"execute":"human-monitor-command","arguments":{"command-line":"savevm ready"}}'
    stop "$work"
    trap 'rm -rf "$work"' EXIT
    rm -f "$work"/*.sock "$work/payload.img" "$work/console" "$work/qemu.log"
    mv -T "$work" "$image"
    trap - EXIT
    echo "$image"
}

# disks DIR: makes those that it does not have.
disks() {
    image=$(image_folder)
    [ -f "$image/guest.qcow2" ] || fail 'there is no guest yet: guest.sh image' 3
    [ -f "$1/disk.qcow2" ] || cp --sparse=always "$image/guest.qcow2" "$1/disk.qcow2"
    truncate -s "$disk_bytes" "$1/payload.img"
}

start() {
    rm -f "$1/disk.qcow2"
    disks "$1"
    qemu "$1" "$1/disk.qcow2" "$image" -loadvm ready
    ready "$1"
    # Its clock stands where it was saved.
    echo "date -u -s @$(date +%s)" | run "$1" >/dev/null
}

boot() {
    folder=$1
    shift
    disks "$folder"
    qemu "$folder" "$folder/disk.qcow2" "$image" "$@"
    ready "$folder"
}

plug() {
    python3 "$here/guest-talk.py" "$1" qmp \
        '{"execute":"blockdev-add","arguments":{"driver":"raw","node-name":"'"$2"'","file":{"driver":"file","filename":"'"$(realpath "$3")"'"}}}' \
        '{"execute":"device_add","arguments":{"driver":"usb-storage","id":"usb-'"$2"'","drive":"'"$2"'","bus":"xhci.0","removable":true,"serial":"'"$2"'"}}'
}

pull() {
    python3 "$here/guest-talk.py" "$1" qmp \
        '{"execute":"device_del","arguments":{"id":"usb-'"$2"'"}}'
    # QEMU holds the file until the guest's last request has ended.
    tries=0
    until python3 "$here/guest-talk.py" "$1" qmp \
        '{"execute":"blockdev-del","arguments":{"node-name":"'"$2"'"}}' 2>/dev/null; do
        tries=$((tries + 1))
        [ "$tries" -lt 100 ] || fail "the stick $2 does not come out"
        sleep 0.1
    done
}

case ${1-} in
    missing) missing ;;
    image) make_image ;;
    start) start "$2" ;;
    boot)
        shift
        boot "$@"
        ;;
    run) run "$2" "${3:-60}" ;;
    plug) plug "$2" "$3" "$4" ;;
    pull) pull "$2" "$3" ;;
    stop) stop "$2" ;;
    -h | --help) usage ;;
    *)
        usage >&2
        exit 2
        ;;
esac
