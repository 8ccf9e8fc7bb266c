package dev.mapsovereign.base.durable;

import java.nio.file.attribute.PosixFilePermission;
import java.nio.file.attribute.PosixFilePermissions;
import java.util.Set;

/** Who may read a file; nobody but its owner ever writes it. */
public enum Mode {
    /** The owner alone: files 0600, folders 0700. */
    PRIVATE("rw-------", "rwx------"),
    /** The group may read: files 0640, folders 0750. */
    GROUP("rw-r-----", "rwxr-x---"),
    /** Everybody may read: files 0644, folders 0755. */
    PUBLIC("rw-r--r--", "rwxr-xr-x");

    private final String file;
    private final String folder;

    Mode(String file, String folder) {
        this.file = file;
        this.folder = folder;
    }

    Set<PosixFilePermission> file() {
        return PosixFilePermissions.fromString(file);
    }

    /** What a folder of this mode permits. */
    public Set<PosixFilePermission> folder() {
        return PosixFilePermissions.fromString(folder);
    }
}
