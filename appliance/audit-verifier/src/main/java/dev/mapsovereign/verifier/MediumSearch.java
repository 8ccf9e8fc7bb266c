package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleLayout;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.Objects;
import java.util.OptionalLong;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Pattern;

/** Finds the nodes' folders at a path that somebody has given. */
final class MediumSearch {
    private static final Pattern NODE = Pattern.compile("[a-z0-9][a-z0-9.-]{0,40}\\.[0-9a-f]{8}");

    private MediumSearch() {}

    /**
     * A node's folder.
     *
     * @param only the one bundle in it that was asked for; empty for all
     */
    record Found(MediumFolder folder, OptionalLong only) {}

    /**
     * The folders at a path, which is a medium, its {@code MAP-AUDIT}, a node's folder in there, or
     * one bundle. The path itself may be a link, nothing below it.
     */
    static List<Found> at(Path path) throws VerificationException {
        Path given = path.toAbsolutePath().normalize();
        if (!Files.isDirectory(given)) {
            throw VerificationException.environment(path, "not a folder that can be read");
        }
        Path name = given.getFileName();
        OptionalLong bundle =
                name == null ? OptionalLong.empty() : BundleLayout.bundleNumber(name.toString());
        Path above = given.getParent();
        if (bundle.isPresent() && above != null) {
            return List.of(new Found(new MediumFolder(above), bundle));
        }
        Path medium = given.resolve(BundleLayout.TOP);
        Path top = Files.exists(medium, LinkOption.NOFOLLOW_LINKS) ? plain(medium) : given;
        List<Found> found = new ArrayList<>();
        for (Path node : nodes(top)) {
            found.add(new Found(new MediumFolder(plain(node)), OptionalLong.empty()));
        }
        return found.isEmpty()
                ? List.of(new Found(new MediumFolder(top), OptionalLong.empty()))
                : found;
    }

    private static Set<Path> nodes(Path top) throws VerificationException {
        Set<Path> nodes = new TreeSet<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(top)) {
            for (Path entry : entries) {
                if (NODE.matcher(entry.getFileName().toString()).matches()) {
                    nodes.add(entry);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw MediumFolder.unreadable(top, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw MediumFolder.unreadable(top, e);
        }
        return nodes;
    }

    private static Path plain(Path folder) throws VerificationException {
        if (!Files.isDirectory(folder, LinkOption.NOFOLLOW_LINKS)) {
            throw MediumFolder.notPlain(folder);
        }
        return folder;
    }
}
