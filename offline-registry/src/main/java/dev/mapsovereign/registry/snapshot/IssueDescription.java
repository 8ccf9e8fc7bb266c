package dev.mapsovereign.registry.snapshot;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.time.UtcSeconds;
import dev.mapsovereign.registry.Limits;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import dev.mapsovereign.registry.tuf.TargetsMetadata;
import dev.mapsovereign.registry.tuf.TargetsMetadata.TargetFile;
import java.time.Instant;
import java.time.format.DateTimeParseException;
import java.util.ArrayList;
import java.util.List;
import java.util.OptionalLong;

/**
 * What the signed targets say about an issue: the {@code custom.map} of its files.
 *
 * @param number the issue
 * @param issued when it was made; this moves the time floor
 * @param treeSize leaves
 * @param treeRoot the tree's root
 * @param index the leaves
 * @param parts the documents
 * @param revocations the revocation list
 */
public record IssueDescription(
        long number,
        Instant issued,
        long treeSize,
        byte[] treeRoot,
        Packed index,
        List<Packed> parts,
        RevocationsPacked revocations) {
    static final String INDEX_FORMAT = "map-registry-index/1";
    static final String DOCUMENTS_FORMAT = "map-registry-documents/1";
    static final String REVOCATIONS_FORMAT = "map-registry-revocations/1";

    /**
     * One compressed file.
     *
     * @param name its target name
     * @param file length and digest as carried
     * @param unpacked exact length inside
     */
    public record Packed(String name, TargetFile file, long unpacked) {}

    /**
     * The revocation list.
     *
     * @param packed the file
     * @param number rises when the list changes
     * @param date when it last changed
     * @param entries how many lines
     * @param sha256 digest of the unpacked lines
     */
    public record RevocationsPacked(
            Packed packed, long number, Instant date, long entries, byte[] sha256) {}

    public IssueDescription {
        parts = List.copyOf(parts);
    }

    /**
     * Reads it from verified targets.
     *
     * @throws RegistryException {@code MALFORMED}, {@code OVERSIZE}, {@code MISSING_FILE}
     */
    public static IssueDescription of(TargetsMetadata targets) {
        Custom index = custom(targets, SnapshotNames.INDEX, INDEX_FORMAT);
        long size = index.whole("tree_size", 1, Limits.DOCUMENTS_MAX);
        Packed packedIndex = index.packed(size * Leaf.BYTES);
        if (packedIndex.unpacked() != size * Leaf.BYTES) {
            throw index.malformed("unpacked is not " + Leaf.BYTES + " bytes for each leaf");
        }
        long number = index.whole("number", 1, Long.MAX_VALUE);
        if (number != targets.version()) {
            throw new RegistryException(
                    RegistryFault.MIXED,
                    "index.gz is of issue " + number + ", the targets of " + targets.version());
        }
        return new IssueDescription(
                number,
                index.time("issued"),
                size,
                index.digest("tree_root"),
                packedIndex,
                parts(targets),
                revocations(targets));
    }

    private static List<Packed> parts(TargetsMetadata targets) {
        int count =
                (int)
                        targets.files().keySet().stream()
                                .filter(name -> name.startsWith("documents-"))
                                .count();
        if (Integer.bitCount(count) != 1 || count > Limits.PARTS_MAX) {
            throw new RegistryException(
                    RegistryFault.MALFORMED,
                    "the documents come in " + count + " parts, which is no power of two");
        }
        List<Packed> parts = new ArrayList<>();
        for (String name : SnapshotNames.allDocuments(count)) {
            parts.add(custom(targets, name, DOCUMENTS_FORMAT).packed(Limits.PART_UNPACKED_MAX));
        }
        return parts;
    }

    private static RevocationsPacked revocations(TargetsMetadata targets) {
        Custom custom = custom(targets, SnapshotNames.REVOCATIONS, REVOCATIONS_FORMAT);
        long entries = custom.whole("entries", 0, Limits.DOCUMENTS_MAX);
        return new RevocationsPacked(
                custom.packed(entries * Limits.REVOCATION_LINE_BYTES_MAX),
                custom.whole("number", 1, Long.MAX_VALUE),
                custom.time("date"),
                entries,
                custom.digest("unpacked_sha256"));
    }

    private static Custom custom(TargetsMetadata targets, String name, String format) {
        TargetFile file = targets.files().get(name);
        if (file == null) {
            throw new RegistryException(
                    RegistryFault.MISSING_FILE, "the targets do not list " + name);
        }
        Custom custom = new Custom(name, file);
        if (!file.custom().text("format").orElse("").equals(format)) {
            throw custom.malformed("its format is not " + format);
        }
        return custom;
    }

    /** The strictly read {@code custom.map} of one file. */
    private record Custom(String name, TargetFile file) {
        RegistryException malformed(String what) {
            return new RegistryException(RegistryFault.MALFORMED, "targets, " + name + ": " + what);
        }

        long whole(String member, long min, long max) {
            OptionalLong value = file.custom().integer(member);
            if (value.isEmpty() || value.getAsLong() < min || value.getAsLong() > max) {
                throw malformed(member + " is not a whole number from " + min + " to " + max);
            }
            return value.getAsLong();
        }

        Packed packed(long unpackedMax) {
            return new Packed(name, file, whole("unpacked", 0, unpackedMax));
        }

        Instant time(String member) {
            try {
                return UtcSeconds.parse(file.custom().text(member).orElse(""));
            } catch (DateTimeParseException e) {
                throw new RegistryException(
                        RegistryFault.MALFORMED,
                        "targets, " + name + ": " + member + " is no time",
                        e);
            }
        }

        byte[] digest(String member) {
            try {
                byte[] digest = Hex.decode(file.custom().text(member).orElse(""));
                if (digest.length == 32) {
                    return digest;
                }
            } catch (IllegalArgumentException e) {
                throw new RegistryException(
                        RegistryFault.MALFORMED,
                        "targets, " + name + ": " + member + " is no hex",
                        e);
            }
            throw malformed(member + " is no SHA-256 digest");
        }
    }

    /** The {@code custom.map} of the index. */
    public JsonObject indexCustom() {
        return JsonObject.builder()
                .put("format", INDEX_FORMAT)
                .put("issued", UtcSeconds.format(issued))
                .put("number", number)
                .put("tree_root", Hex.encode(treeRoot))
                .put("tree_size", treeSize)
                .put("unpacked", index.unpacked())
                .build();
    }

    /** The {@code custom.map} of a part. */
    public static JsonObject partCustom(long documents, long unpacked) {
        return JsonObject.builder()
                .put("documents", documents)
                .put("format", DOCUMENTS_FORMAT)
                .put("unpacked", unpacked)
                .build();
    }

    /** The {@code custom.map} of the revocation list. */
    public JsonObject revocationsCustom() {
        return JsonObject.builder()
                .put("date", UtcSeconds.format(revocations.date()))
                .put("entries", revocations.entries())
                .put("format", REVOCATIONS_FORMAT)
                .put("number", revocations.number())
                .put("unpacked", revocations.packed().unpacked())
                .put("unpacked_sha256", Hex.encode(revocations.sha256()))
                .build();
    }
}
