package dev.mapsovereign.auditlog.record;

import dev.mapsovereign.base.note.VerifierKey;
import java.util.List;

/**
 * Which keys a log has had.
 *
 * @param epochs by ascending first size, the first from 0
 */
public record KeyEpochs(List<Epoch> epochs) {
    /** Keys that sign checkpoints of this size and more, until the next epoch's. */
    public record Epoch(long fromSize, List<VerifierKey> keys) {
        /** The keys are copied. */
        public Epoch {
            keys = List.copyOf(keys);
        }
    }

    /** The list is copied. */
    public KeyEpochs {
        epochs = List.copyOf(epochs);
    }

    /** The keys that must have signed a checkpoint of this size. */
    public List<VerifierKey> inForce(long size) {
        return epochs.reversed().stream()
                .filter(epoch -> epoch.fromSize() <= size)
                .findFirst()
                .orElseThrow()
                .keys();
    }

    /** Whether the log ever had this key. */
    public boolean knows(VerifierKey key) {
        return epochs.stream().anyMatch(epoch -> epoch.keys().contains(key));
    }

    /**
     * Whether these are, as one who saw the log at that size would know them, the same: what comes
     * in addition begins behind it.
     *
     * @param other what was stated when the log had {@code size} records
     */
    public boolean continues(KeyEpochs other, long size) {
        int known = other.epochs.size();
        return epochs.size() >= known
                && epochs.subList(0, known).equals(other.epochs)
                && epochs.subList(known, epochs.size()).stream()
                        .allMatch(epoch -> epoch.fromSize() > size);
    }
}
