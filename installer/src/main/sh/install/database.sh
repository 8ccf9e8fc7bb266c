#!/bin/sh
# Copies the embedded database away and back, of a node that has stopped. Runs as the user whom it belongs
# to: root must not write where another user makes the names, since a link would lead it anywhere.
set -eu

usage() {
    cat <<'END'
Usage: database.sh save|seal|restore|forget VAR NAME

  save     VAR/db to VAR/backup/NAME, which is whole when `complete` is in it
  seal     writes the digests of that backup down: behind the outage, since the copy was compared
  restore  VAR/backup/NAME to VAR/db; the backup stays, so this can be begun again
  forget   removes every backup but NAME

Each copy is synced, and compared byte by byte with what was copied.

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

# same DIR DIR: the same files with the same bytes.
same() {
    [ "$(cd "$1" && find . -type f | sort)" = "$(cd "$2" && find . -type f | sort)" ] || return 1
    (cd "$1" && find . -type f) | while IFS= read -r file; do
        cmp -s "$1/$file" "$2/$file" || return 1
    done
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
        same "$db" "$saved/db" || differs "the copy in $saved differs from the database"
        : >"$saved/complete"
        settle "$saved"
        ;;
    seal)
        digests "$saved/db" >"$saved/sealed.new"
        mv "$saved/sealed.new" "$saved/sealed"
        settle "$saved"
        ;;
    restore)
        [ -f "$saved/complete" ] || differs "no whole backup in $saved"
        rm -rf "$db.restored"
        cp -Rp "$saved/db" "$db.restored"
        same "$saved/db" "$db.restored" || differs "the copy of $saved differs from it; nothing was put back"
        [ ! -f "$saved/sealed" ] || digests "$db.restored" | cmp -s - "$saved/sealed" ||
            differs "$saved is not what was saved; nothing was put back"
        settle "$db.restored"
        rm -rf "$db"
        mv "$db.restored" "$db"
        settle "$db"
        ;;
    forget)
        for each in "$2"/backup/*; do
            [ "$each" = "$saved" ] || rm -rf "$each"
        done
        ;;
    *)
        usage >&2
        exit 2
        ;;
esac
