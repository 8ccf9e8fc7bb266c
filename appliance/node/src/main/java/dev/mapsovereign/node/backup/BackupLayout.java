package dev.mapsovereign.node.backup;

import dev.mapsovereign.base.durable.FolderLock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.time.format.DateTimeFormatter;
import java.util.regex.Pattern;

/** The names of everything in a backup, and of what a restore leaves while it works. */
final class BackupLayout {
    /** How a backup's folder begins. */
    static final String PREFIX = "map-backup-";

    /** How it ends while it is not whole. */
    static final String UNFINISHED = ".unfinished";

    static final String MANIFEST = "manifest.txt";
    static final String SIGNATURE = "manifest.sig";
    static final String DESCRIPTION = "backup.json";
    static final String INDEX = "index.jsonl";

    /** Ending of an encrypted file. */
    static final String ENCRYPTED = ".age";

    /** Where files are stored whose own names FAT32 does not take. */
    static final String NAMED = "named/";

    /** Kind of the note that signs the manifest. */
    static final String NOTE_KIND = "backup";

    /** What is being restored, in the folder where it will be. */
    static final String STAGED = ".map-restore";

    /** The same once everything old has been renamed away. */
    static final String READY = ".map-restored";

    /** What was there before a restore. */
    static final String BEFORE = ".before-restore-";

    /** In the data folder while a restore is renaming. */
    static final String UNDER_WAY = "restore-under-way";

    /** The backup's configuration file beside one that is kept, in the data folder. */
    static final String OTHER_CONFIGURATION = "restored-map.toml";

    private static final Pattern COMPONENT = Pattern.compile("[A-Za-z0-9_][A-Za-z0-9._-]{0,119}");
    private static final Pattern DEVICE =
            Pattern.compile("(?i)(con|prn|aux|nul|com[0-9]|lpt[0-9])([.].*)?");
    private static final DateTimeFormatter TIME =
            DateTimeFormatter.ofPattern("uuuuMMdd'T'HHmmss'Z'").withZone(ZoneOffset.UTC);

    private BackupLayout() {}

    /** A backup's folder. */
    static String folder(String node, Instant time) {
        return PREFIX + node + "-" + time(time);
    }

    /** A time within a name. */
    static String time(Instant time) {
        return TIME.format(time);
    }

    /** Whether FAT32 and every other file system takes such a path. */
    static boolean isPortable(String path) {
        for (String component : path.split("/", -1)) {
            if (!COMPONENT.matcher(component).matches()
                    || component.endsWith(".")
                    || DEVICE.matcher(component).matches()) {
                return false;
            }
        }
        return true;
    }

    /** Whether a path stays below the folder that it is resolved against. */
    static boolean staysBelow(String path) {
        for (String component : path.split("/", -1)) {
            if (component.isEmpty()
                    || component.equals(".")
                    || component.equals("..")
                    || component.indexOf('\0') >= 0) {
                return false;
            }
        }
        return true;
    }

    /** Whether a name belongs to a program at work, or to a restore, and not to the site. */
    static boolean isPassing(String name) {
        return name.equals(FolderLock.FILE)
                || name.equals(FolderLock.HOLDER_FILE)
                || isOfRestore(name)
                || (name.startsWith(".") && name.endsWith(".tmp"));
    }

    /** Whether a restore made it. */
    static boolean isOfRestore(String name) {
        return name.endsWith(STAGED)
                || name.endsWith(READY)
                || name.contains(BEFORE)
                || name.equals(UNDER_WAY);
    }
}
