package dev.mapsovereign.registry;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.identity.AgentDid;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonValue;
import dev.mapsovereign.registry.snapshot.Leaf;
import dev.mapsovereign.registry.snapshot.StoredSnapshot;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.EnumMap;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Optional;

/**
 * What one snapshot says otherwise than another.
 *
 * @param from number of the one
 * @param to number of the other
 * @param unchanged identities of which both say the same
 * @param counts how many differ, by how
 * @param changes those that differ, in the order of the index; at most as many as were asked for
 */
public record RegistryDiff(
        long from, long to, long unchanged, Map<What, Long> counts, List<Change> changes) {
    /** In which way an identity differs; the last that fits. */
    public enum What {
        /** The one has no entry of it. */
        ADDED,
        /** The document is another. */
        CHANGED,
        /** It was ended by its own signature. */
        DEACTIVATED,
        /** It was revoked. */
        REVOKED,
        /** Its document was taken away for good. */
        TOMBSTONE,
        /** The other has no entry of it. */
        GONE;

        /** The lower-case name. */
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /**
     * One identity that differs.
     *
     * @param did absent where both sides have a tombstone's leaf or none, which holds its hash
     *     alone
     * @param key SHA-256 of the DID, by which the index is sorted
     * @param before its sequence in the one; absent where that has no entry
     * @param after its sequence in the other; absent where that has none
     */
    public record Change(
            What what,
            Optional<AgentDid> did,
            String key,
            Optional<Long> before,
            Optional<Long> after) {
        private JsonValue json() {
            JsonObject.Builder json =
                    JsonObject.builder()
                            .put("what", what.wire())
                            .putIfPresent("did", did.map(AgentDid::text))
                            .put("key", key);
            before.ifPresent(sequence -> json.put("sequence_before", sequence));
            after.ifPresent(sequence -> json.put("sequence_after", sequence));
            return json.build();
        }
    }

    /** Copies both. */
    public RegistryDiff {
        counts = Map.copyOf(counts);
        changes = List.copyOf(changes);
    }

    /**
     * Compares two snapshots, leaf by leaf; each document that is named is checked against its
     * leaf.
     *
     * @param changesMax how many changes are listed; all are counted
     * @throws RegistryException {@code STORE_DAMAGED}
     */
    static RegistryDiff between(StoredSnapshot one, StoredSnapshot other, int changesMax) {
        Walk walk = new Walk(one, other, changesMax);
        walk.run();
        return new RegistryDiff(
                one.issue().number(),
                other.issue().number(),
                walk.unchanged,
                walk.counts,
                walk.changes);
    }

    /** Both indexes side by side, as two sorted lists are merged. */
    private static final class Walk {
        private final StoredSnapshot one;
        private final StoredSnapshot other;
        private final int changesMax;
        private final Map<What, Long> counts = new EnumMap<>(What.class);
        private final List<Change> changes = new ArrayList<>();
        private long unchanged;

        Walk(StoredSnapshot one, StoredSnapshot other, int changesMax) {
            this.one = one;
            this.other = other;
            this.changesMax = changesMax;
        }

        void run() {
            long left = 0;
            long right = 0;
            long leftSize = one.issue().treeSize();
            long rightSize = other.issue().treeSize();
            while (left < leftSize || right < rightSize) {
                Optional<Leaf> before = leaf(one, left, leftSize);
                Optional<Leaf> after = leaf(other, right, rightSize);
                int order = order(before, after);
                if (order < 0) {
                    note(What.GONE, before, Optional.empty(), left, right);
                    left++;
                } else if (order > 0) {
                    note(added(after.orElseThrow()), Optional.empty(), after, left, right);
                    right++;
                } else {
                    compare(before.orElseThrow(), after.orElseThrow(), left, right);
                    left++;
                    right++;
                }
            }
        }

        private static Optional<Leaf> leaf(StoredSnapshot snapshot, long position, long size) {
            return position < size ? Optional.of(snapshot.leafAt(position)) : Optional.empty();
        }

        private static int order(Optional<Leaf> before, Optional<Leaf> after) {
            if (before.isEmpty() || after.isEmpty()) {
                return before.isEmpty() ? 1 : -1;
            }
            return Arrays.compareUnsigned(before.get().key(), after.get().key());
        }

        private static What added(Leaf leaf) {
            return leaf.status() == EntityStatus.ACTIVE ? What.ADDED : ended(leaf.status());
        }

        private static What ended(EntityStatus status) {
            return switch (status) {
                case ACTIVE -> What.CHANGED;
                case DEACTIVATED -> What.DEACTIVATED;
                case REVOKED -> What.REVOKED;
                case TOMBSTONE -> What.TOMBSTONE;
            };
        }

        private void compare(Leaf before, Leaf after, long left, long right) {
            boolean same =
                    before.status() == after.status()
                            && before.sequence() == after.sequence()
                            && Arrays.equals(before.digest(), after.digest());
            if (same) {
                unchanged++;
                return;
            }
            What what = before.status() == after.status() ? What.CHANGED : ended(after.status());
            note(what, Optional.of(before), Optional.of(after), left, right);
        }

        private void note(
                What what, Optional<Leaf> before, Optional<Leaf> after, long left, long right) {
            counts.merge(what, 1L, Long::sum);
            if (changes.size() < changesMax) {
                Optional<AgentDid> did =
                        after.filter(Leaf::hasDocument)
                                .map(leaf -> other.didAt(right))
                                .or(() ->
                                        before.filter(Leaf::hasDocument)
                                                .map(leaf -> one.didAt(left)));
                changes.add(
                        new Change(
                                what,
                                did,
                                Hex.encode(after.or(() -> before).orElseThrow().key()),
                                before.map(Leaf::sequence),
                                after.map(Leaf::sequence)));
            }
        }
    }

    /** The members of the verb's answer. */
    public JsonObject json() {
        JsonObject.Builder json =
                JsonObject.builder().put("from", from).put("to", to).put("unchanged", unchanged);
        for (What what : What.values()) {
            json.put(what.wire(), counts.getOrDefault(what, 0L));
        }
        return json.put("changes", new JsonArray(changes.stream().map(Change::json).toList()))
                .put("listed", changes.size())
                .build();
    }
}
