package dev.mapsovereign.verifier;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.auditlog.bundle.RangeFiles;
import dev.mapsovereign.base.merkle.Tiles;
import java.io.IOException;
import java.nio.file.DirectoryIteratorException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.ArrayList;
import java.util.HashSet;
import java.util.List;
import java.util.Objects;
import java.util.Set;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * What stands in a node's folder beside the files of verified bundles. Plain files do no harm and
 * are counted; links and special files are refused, since nothing of ours makes one.
 *
 * <p>Whether a tile is listed is computed from the ranges, so memory does not grow with the medium.
 */
final class Strays {
    private static final Pattern CONVENIENCE =
            Pattern.compile(
                    "logs/[^/]+/checkpoint"
                            + "|bundle-[0-9]+/(manifest\\.(txt|sig)|VERIFY\\.txt|verify\\.py|keys/.*)");

    private static final Pattern TILE =
            Pattern.compile(
                    "logs/([^/]+)/tile/(entries|[0-9]{1,2})/((?:x[0-9]{3}/)*[0-9]{3})(?:\\.p/([0-9]{1,3}))?");

    private final MediumFolder folder;
    private final List<BundleDescription> bundles;
    private final Set<String> ownFiles = new HashSet<>();
    private final List<String> named = new ArrayList<>();
    private long count;

    private Strays(MediumFolder folder, List<BundleDescription> bundles) {
        this.folder = folder;
        this.bundles = bundles;
        bundles.forEach(bundle -> ownFiles.addAll(bundle.ownFiles()));
    }

    /** Walks the folder; the answer is a sentence for the list of what was not checked. */
    static List<String> walk(MediumFolder folder, List<BundleDescription> bundles)
            throws VerificationException {
        Strays strays = new Strays(folder, bundles);
        strays.walk(folder.path(), 0);
        return strays.count == 0
                ? List.of()
                : List.of(
                        "%s: %d files that no manifest read here lists, such as %s"
                                .formatted(
                                        folder.path(),
                                        strays.count,
                                        String.join(", ", strays.named)));
    }

    private void walk(Path top, int depth) throws VerificationException {
        if (depth > Limits.FOLDER_DEPTH_MAX) {
            throw VerificationException.refused(top, "a folder nested too deeply");
        }
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(top)) {
            for (Path entry : entries) {
                BasicFileAttributes attributes =
                        Files.readAttributes(
                                entry, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
                if (attributes.isDirectory()) {
                    walk(entry, depth + 1);
                } else if (attributes.isRegularFile()) {
                    take(folder.path().relativize(entry).toString());
                } else {
                    throw MediumFolder.notPlain(entry);
                }
            }
        } catch (DirectoryIteratorException e) {
            throw MediumFolder.unreadable(top, Objects.requireNonNull(e.getCause()));
        } catch (IOException e) {
            throw MediumFolder.unreadable(top, e);
        }
    }

    private void take(String name) {
        if (CONVENIENCE.matcher(name).matches() || ownFiles.contains(name) || isListedTile(name)) {
            return;
        }
        count++;
        if (named.size() < Limits.STRAYS_NAMED_MAX) {
            named.add(name);
        }
    }

    private boolean isListedTile(String name) {
        Matcher tile = TILE.matcher(name);
        if (!tile.matches()) {
            return false;
        }
        String digits = tile.group(3).replace("x", "").replace("/", "");
        int width = tile.group(4) == null ? Tiles.WIDTH : Integer.parseInt(tile.group(4));
        if (digits.length() > 18 || width < 1 || width > Tiles.WIDTH) {
            return false;
        }
        long index = Long.parseLong(digits);
        boolean entries = tile.group(2).equals("entries");
        int level = entries ? 0 : Integer.parseInt(tile.group(2));
        return bundles.stream()
                .flatMap(bundle -> bundle.ranges().stream())
                .filter(range -> range.tenant().value().equals(tile.group(1)))
                .anyMatch(range -> holds(range, entries, level, index, width, name));
    }

    /** The name is spelled again, so that no second spelling of a number passes for the first. */
    private static boolean holds(
            BundleDescription.Range range,
            boolean entries,
            int level,
            long index,
            int width,
            String name) {
        if (entries) {
            return RangeFiles.hasEntries(range.from(), range.to(), index, width)
                    && BundleLayout.entryBundle(range.tenant(), index, width).equals(name);
        }
        return RangeFiles.hasTile(range.from(), range.to(), level, index, width)
                && BundleLayout.hashTile(range.tenant(), level, index, width).equals(name);
    }
}
