package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** A file system of its own, mounted from an image in a folder of a test. Needs root. */
final class MountedMedium implements AutoCloseable {
    private static final int DETACH_TRIES = 1200;

    private final Kind kind;
    private final Path image;
    private final Path folder;
    private String device = "";

    /** File systems as sticks have them. */
    enum Kind {
        EXT4,
        EXFAT,
        NTFS,
        TMPFS;

        private List<String> make() {
            return switch (this) {
                case EXT4 -> List.of("mkfs.ext4", "-q", "-F");
                case EXFAT -> List.of("mkfs.exfat");
                case NTFS -> List.of("mkntfs", "-q", "-Q", "-F");
                case TMPFS -> List.of("true");
            };
        }

        private String mount() {
            return switch (this) {
                case EXT4, TMPFS -> "mount";
                case EXFAT -> "mount.exfat-fuse";
                case NTFS -> "ntfs-3g";
            };
        }

        private String packages() {
            return switch (this) {
                case EXT4 -> "e2fsprogs";
                case EXFAT -> "exfatprogs, exfat-fuse";
                case NTFS -> "ntfs-3g";
                case TMPFS -> "util-linux";
            };
        }
    }

    private MountedMedium(Kind kind, Path image, Path folder) {
        this.kind = kind;
        this.image = image;
        this.folder = folder;
    }

    /**
     * Makes and mounts one, or skips the test where that cannot be: without root, without the
     * programs, or where the kernel has no loop devices or no FUSE.
     */
    static MountedMedium create(Kind kind, Path folder, long bytes) throws IOException {
        for (String program : List.of(kind.make().getFirst(), "losetup", kind.mount())) {
            Assumptions.assumeTrue(
                    Verifiers.hasProgram(program),
                    program + " is missing, apt-get install " + kind.packages());
        }
        Assumptions.assumeTrue(
                Files.isWritable(Path.of("/dev")),
                kind + " media were NOT tested: they can be mounted by root alone");
        Path image = folder.resolve("stick.img");
        Files.createDirectories(folder.resolve("stick"));
        if (kind != Kind.TMPFS) {
            run("truncate", "-s", Long.toString(bytes), image.toString());
            List<String> make = new ArrayList<>(kind.make());
            make.add(image.toString());
            assertThat(Verifiers.run(make).exit()).isZero();
        }
        MountedMedium medium = new MountedMedium(kind, image, folder.resolve("stick"));
        Verifiers.Outcome mounted = medium.mount("size=" + bytes);
        Assumptions.assumeTrue(
                mounted.exit() == 0, kind + " media were NOT tested: " + mounted.output());
        return medium;
    }

    private Verifiers.Outcome mount(String tmpfsOptions) {
        if (kind == Kind.TMPFS) {
            return Verifiers.run(
                    List.of(
                            "mount",
                            "-t",
                            "tmpfs",
                            "-o",
                            tmpfsOptions,
                            "tmpfs",
                            folder.toString()));
        }
        Verifiers.Outcome loop =
                Verifiers.run(List.of("losetup", "-f", "--show", image.toString()));
        if (loop.exit() != 0) {
            return loop;
        }
        device = loop.output().strip();
        return kind == Kind.EXT4
                ? Verifiers.run(
                        List.of("mount", "-o", "nosuid,nodev,noexec", device, folder.toString()))
                : Verifiers.run(List.of(kind.mount(), device, folder.toString()));
    }

    /** Where it is mounted. */
    Path folder() {
        return folder;
    }

    /** The stick is pulled out: what the system does then, it does with open files as well. */
    void pull() {
        run("umount", "-l", folder.toString());
        detach();
    }

    /** It is plugged in again, after a look at it as the system does. */
    void plugIn() throws IOException {
        awaitGone();
        if (kind == Kind.EXT4) {
            // Ends with 1 where it mended something.
            assertThat(Verifiers.run(List.of("fsck.ext4", "-p", image.toString())).exit())
                    .isLessThan(4);
        }
        Verifiers.Outcome mounted = mount("");
        assertThat(mounted.exit()).as(mounted.output()).isZero();
    }

    /** A file system that was pulled lives until its last file is closed. */
    private void awaitGone() throws IOException {
        for (int i = 0; i < DETACH_TRIES; i++) {
            if (Verifiers.run(List.of("losetup", "-j", image.toString())).output().isBlank()) {
                return;
            }
            try {
                Thread.sleep(50);
            } catch (InterruptedException e) {
                Thread.currentThread().interrupt();
                throw new IOException(e);
            }
        }
        throw new IOException("the pulled file system is still there");
    }

    private void detach() {
        if (!device.isEmpty()) {
            Verifiers.run(List.of("losetup", "-d", device));
            device = "";
        }
    }

    private static void run(String... command) {
        Verifiers.Outcome outcome = Verifiers.run(List.of(command));
        assertThat(outcome.exit()).as(Arrays.toString(command) + outcome.output()).isZero();
    }

    @Override
    public void close() {
        Verifiers.run(List.of("umount", "-l", folder.toString()));
        detach();
    }
}
