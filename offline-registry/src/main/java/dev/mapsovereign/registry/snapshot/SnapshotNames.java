package dev.mapsovereign.registry.snapshot;

import java.util.List;
import java.util.Locale;
import java.util.stream.IntStream;

/** Every name on a medium and in a mirror's folder; nothing else spells one. */
public final class SnapshotNames {
    /** The folder on a medium. */
    public static final String MEDIUM_FOLDER = "MAP-REGISTRY";

    public static final String METADATA_FOLDER = "metadata";
    public static final String TARGETS_FOLDER = "targets";

    /** Target file with the leaves. */
    public static final String INDEX = "index.gz";

    /** Target file with the revocation list. */
    public static final String REVOCATIONS = "revocations.gz";

    /** Folder of a mirror's snapshots. */
    public static final String SNAPSHOTS_FOLDER = "snapshots";

    /** Folder of a mirror's roots. */
    public static final String ROOTS_FOLDER = "roots";

    /** The file whose replacement is the switch. */
    public static final String STATE_FILE = "state.json";

    public static final String PACK_FILE = "documents.pack";
    public static final String INDEX_FILE = "index.bin";
    public static final String TREE_FILE = "tree.bin";
    public static final String REVOCATIONS_FILE = "revocations.jsonl";
    public static final String REVOCATIONS_INDEX_FILE = "revocations.bin";

    /** What a mirror makes of an issue's signed files. */
    public static final List<String> BUILT =
            List.of(PACK_FILE, INDEX_FILE, TREE_FILE, REVOCATIONS_FILE);

    private SnapshotNames() {}

    /** Target file with part {@code part} of {@code parts} of the documents. */
    public static String documents(int part, int parts) {
        return String.format(Locale.ROOT, "documents-%04d-of-%04d.gz", part, parts);
    }

    /** All document parts in order. */
    public static List<String> allDocuments(int parts) {
        return IntStream.range(0, parts).mapToObj(part -> documents(part, parts)).toList();
    }

    /** The part, of a power of two of parts, that holds {@code key}: its leading bits. */
    public static int partOf(byte[] key, int parts) {
        int bits = Integer.numberOfTrailingZeros(parts);
        int head = ((key[0] & 0xff) << 8) | (key[1] & 0xff);
        return head >>> (16 - bits);
    }
}
