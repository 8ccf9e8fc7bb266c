package dev.mapsovereign.auditexport;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Objects;
import java.util.Optional;

/**
 * Which medium a folder is on, so that one that was taken away is noticed: it is there as long as
 * this is equal to what it was.
 *
 * @param folder device and inode: a stick that was pulled and unmounted leaves a folder of the
 *     host's own disk under its name
 * @param device the entry of the block device in sysfs. A stick that was pulled and is mounted
 *     still has lost it, while its file system goes on answering, and FAT's says of files that it
 *     cannot look for that they do not exist. Empty where there is no such device
 */
record MediumIdentity(Object folder, Optional<Path> device) {
    private static final Path BLOCK_DEVICES = Path.of("/sys/dev/block");

    /** What a folder is on now, links in its path followed. */
    static MediumIdentity of(Path folder) throws IOException {
        Path real = folder.toRealPath();
        Object key =
                Files.readAttributes(real, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS)
                        .fileKey();
        return new MediumIdentity(
                Objects.requireNonNullElse(key, real),
                Optional.of(BLOCK_DEVICES.resolve(deviceNumber(real))).filter(Files::exists));
    }

    /** Major and minor number as sysfs writes them, from one as glibc packs them (makedev(3)). */
    private static String deviceNumber(Path folder) throws IOException {
        long number = (long) Files.getAttribute(folder, "unix:dev");
        long major = (number >>> 8 & 0xfff) | (number >>> 32 & ~0xfffL);
        long minor = (number & 0xff) | (number >>> 12 & ~0xffL);
        return major + ":" + (int) minor;
    }
}
