package dev.mapsovereign.auditlog.journal;

import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.nio.file.attribute.BasicFileAttributes;
import java.util.Arrays;
import java.util.HexFormat;
import java.util.List;
import java.util.Map;
import java.util.NavigableMap;
import java.util.Objects;
import java.util.Optional;
import java.util.TreeMap;
import java.util.concurrent.ConcurrentSkipListMap;

/** The segments of one journal: their names, where each ends, whether all are still there. */
public final class SegmentFolder {
    /** How the names of segments begin that are filled with zeros and have no number yet. */
    public static final String STANDBY = "standby";

    /** The number of the place where a pruned journal carries single records along. */
    public static final long CARRIED = 0;

    private static final String SUFFIX = ".segment";
    private static final int NAME_DIGITS = 16;

    private final Path folder;

    /** By number; safe for all threads. */
    private final NavigableMap<Long, Known> segments = new ConcurrentSkipListMap<>();

    /** From this number on none is missing. */
    private volatile long wholeFrom = 1;

    private record Known(SegmentHeader header, Path path, Object fileKey) {}

    private SegmentFolder(Path folder) {
        this.folder = folder;
    }

    /** As {@link #open(Path, long)}, of a journal that was never pruned. */
    public static SegmentFolder open(Path folder) throws IOException, JournalDamageException {
        return open(folder, 1);
    }

    /**
     * Reads every segment's header from the device.
     *
     * @param needed the first segment that must be there, and all behind it
     * @throws JournalDamageException if one is missing, of another journal, or not of its length
     */
    public static SegmentFolder open(Path folder, long needed)
            throws IOException, JournalDamageException {
        SegmentFolder opened = new SegmentFolder(folder);
        NavigableMap<Long, Path> files = files(folder);
        for (Map.Entry<Long, Path> file : files.entrySet()) {
            long expected = opened.segments.isEmpty() ? 1 : opened.last().segment() + 1;
            if (file.getKey() != expected && file.getKey() > needed) {
                throw missing(Math.max(needed, expected));
            }
            SegmentHeader header = readHeader(file.getValue());
            opened.requireSuccessor(header, file.getKey(), file.getValue());
            opened.add(header, file.getValue());
        }
        if (needed > 1 && !files.containsKey(needed)) {
            throw missing(needed);
        }
        opened.seeFromWhereWhole();
        return opened;
    }

    private static JournalDamageException missing(long segment) {
        return new JournalDamageException(
                "segment " + name(segment) + " of the journal is missing");
    }

    /** From this segment on none is missing; 1 unless the journal was pruned. */
    public long wholeFrom() {
        return wholeFrom;
    }

    /** Whether that segment is there, or any record was {@link #CARRIED}. */
    public boolean has(long segment) {
        return segment == CARRIED ? Files.exists(path(segment)) : segments.containsKey(segment);
    }

    /** The headers of all segments before one, oldest first. */
    public List<SegmentHeader> before(long segment) {
        return segments.headMap(segment).values().stream().map(Known::header).toList();
    }

    /**
     * Forgets a segment that nothing will read any more. Whoever calls removes its file.
     *
     * @return the file
     */
    public Path forget(long segment) {
        Path file = path(segment);
        segments.remove(segment);
        seeFromWhereWhole();
        return file;
    }

    private void seeFromWhereWhole() {
        long from = segments.isEmpty() ? 1 : last().segment();
        while (segments.containsKey(from - 1)) {
            from--;
        }
        wholeFrom = from;
    }

    /** Whether there is no segment yet. */
    public boolean isEmpty() {
        return segments.isEmpty();
    }

    /** The newest segment's header; there must be one. */
    public SegmentHeader last() {
        return segments.lastEntry().getValue().header();
    }

    /** How many there are. */
    public int count() {
        return segments.size();
    }

    /** The file of a segment that is known here, or of the records that are {@link #CARRIED}. */
    public Path path(long segment) {
        return segment == CARRIED ? folder.resolve("carried") : known(segment).path();
    }

    /** The header of a segment that is known here. */
    public SegmentHeader header(long segment) {
        return known(segment).header();
    }

    /** Where a segment ends by the word of its successor; empty for the last one. */
    public Optional<Long> end(long segment) {
        return Optional.ofNullable(segments.get(segment + 1))
                .map(next -> next.header().previousEnd());
    }

    /** The file that a new segment gets. */
    public Path pathOfNew(long segment) {
        return folder.resolve(name(segment));
    }

    /** Takes note of a segment whose file is there durably. */
    public void add(SegmentHeader header, Path path) throws IOException {
        BasicFileAttributes attributes = attributes(path);
        segments.put(
                header.segment(),
                new Known(header, path, Objects.requireNonNull(attributes.fileKey())));
    }

    /** What is wrong with the files now, if anything: gone, replaced, another length. */
    public Optional<String> finding() {
        for (Known known : segments.values()) {
            Optional<String> finding = finding(known);
            // One that is pruned at this moment was forgotten before its file went.
            if (finding.isPresent() && segments.containsKey(known.header().segment())) {
                return finding;
            }
        }
        return Optional.empty();
    }

    private static Optional<String> finding(Known known) {
        String name = String.valueOf(known.path().getFileName());
        try {
            BasicFileAttributes attributes = attributes(known.path());
            if (!known.fileKey().equals(attributes.fileKey())) {
                return Optional.of("segment " + name + " was replaced by another file");
            }
            if (attributes.size() != known.header().length()) {
                return Optional.of(
                        "segment "
                                + name
                                + " has "
                                + attributes.size()
                                + " bytes instead of "
                                + known.header().length());
            }
            return Optional.empty();
        } catch (NoSuchFileException e) {
            return Optional.of("segment " + name + " was removed");
        } catch (IOException e) {
            return Optional.of("segment " + name + " cannot be looked at: " + e.getMessage());
        }
    }

    private void requireSuccessor(SegmentHeader header, long number, Path path)
            throws JournalDamageException, IOException {
        if (header.segment() != number) {
            throw new JournalDamageException(path + " says that it is segment " + header.segment());
        }
        if (Files.size(path) != header.length()
                || header.length() % JournalFormat.PAGE != 0
                || header.length() > JournalFormat.SEGMENT_BYTES_MAX) {
            throw new JournalDamageException(
                    path
                            + " has "
                            + Files.size(path)
                            + " bytes, its header says "
                            + header.length());
        }
        if (segments.isEmpty()) {
            return;
        }
        SegmentHeader before = last();
        boolean follows = header.segment() == before.segment() + 1;
        if (!Arrays.equals(before.journalId(), header.journalId())
                || !before.node().equals(header.node())) {
            throw new JournalDamageException(
                    path
                            + " belongs to another journal ("
                            + header.node()
                            + ", "
                            + HexFormat.of().formatHex(header.journalId())
                            + ")");
        }
        if (follows
                && (header.previousEnd() < JournalFormat.SEGMENT_HEADER_BYTES
                        || header.previousEnd() > before.length())) {
            throw new JournalDamageException(path + " gives the segment before an impossible end");
        }
    }

    private Known known(long segment) {
        return Objects.requireNonNull(
                segments.get(segment), () -> "segment " + segment + " is not known");
    }

    private static SegmentHeader readHeader(Path path) throws IOException, JournalDamageException {
        try (SegmentWindow window = SegmentWindow.onDevice(path, JournalFormat.PAGE)) {
            byte[] page =
                    window.read(
                            0,
                            JournalFormat.SEGMENT_HEADER_BYTES,
                            JournalFormat.SEGMENT_HEADER_BYTES);
            if (page.length < JournalFormat.SEGMENT_HEADER_BYTES) {
                throw new JournalDamageException(path + " is too short for a segment");
            }
            return SegmentHeader.parse(page, path.toString());
        }
    }

    private static NavigableMap<Long, Path> files(Path folder) throws IOException {
        NavigableMap<Long, Path> files = new TreeMap<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder, "*" + SUFFIX)) {
            for (Path file : entries) {
                String digits = String.valueOf(file.getFileName()).replace(SUFFIX, "");
                if (digits.matches("[0-9]{" + NAME_DIGITS + "}")) {
                    files.put(Long.parseLong(digits), file);
                }
            }
        }
        return files;
    }

    private static String name(long segment) {
        return String.format(java.util.Locale.ROOT, "%0" + NAME_DIGITS + "d", segment) + SUFFIX;
    }

    private static BasicFileAttributes attributes(Path path) throws IOException {
        return Files.readAttributes(path, BasicFileAttributes.class, LinkOption.NOFOLLOW_LINKS);
    }
}
