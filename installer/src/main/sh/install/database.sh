#!/bin/sh
# Copies the embedded database away and back, of a node that has stopped. Runs as the user whom it belongs
# to: root must not write where another user makes the names, since a link would lead it anywhere.
set -eu

usage() {
    cat <<'END'
Usage: database.sh save|restore|forget VAR NAME

  save     VAR/db to VAR/backup/NAME, which is whole when `complete` is in it
  restore  VAR/backup/NAME to VAR/db; the backup stays, so this can be begun again
  forget   removes every such backup but NAME; what map backup made stays

Each copy is synced, and both sides are read again and compared.

Exit codes: 0 done · 1 failed · 2 usage · 4 a copy differs from what was copied
END
}

[ $# -eq 3 ] || {
    usage >&2
    exit 2
}
db=$2/db
saved=$2/backup/$3

# digests DIR: of every file in it.
digests() {
    (cd "$1" && find . -type f | sort | while IFS= read -r file; do sha256sum "$file"; done)
}

settle() {
    sync -f "$1" 2>/dev/null || sync
}

differs() {
    echo "database.sh: $1" >&2
    exit 4
}

umask 077
case $1 in
    save)
        rm -rf "$saved"
        mkdir -p "$saved"
        cp -Rp "$db" "$saved/db"
        settle "$saved"
        digests "$saved/db" >"$saved/complete.new"
        digests "$db" | cmp -s - "$saved/complete.new" ||
            differs "the copy in $saved differs from the database"
        mv "$saved/complete.new" "$saved/complete"
        settle "$saved"
        ;;
    restore)
        [ -f "$saved/complete" ] || differs "no whole backup in $saved"
        rm -rf "$db.restored"
        cp -Rp "$saved/db" "$db.restored"
        digests "$db.restored" | cmp -s - "$saved/complete" ||
            differs "$saved is not what was saved; nothing was put back"
        settle "$db.restored"
        rm -rf "$db"
        mv "$db.restored" "$db"
        settle "$db"
        ;;
    forget)
        for each in "$2"/backup/*-to-*; do
            case $each in
                "$saved" | */map-backup-*) ;;
                *) rm -rf "$each" ;;
            esac
        done
        ;;
    *)
        usage >&2
        exit 2
        ;;
esac
