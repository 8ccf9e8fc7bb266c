package dev.mapsovereign.verifier;

import dev.mapsovereign.base.note.VerifierKey;
import java.util.List;

/**
 * Which keys a log has had.
 *
 * @param epochs by ascending first size, the first from 0
 */
record KeyEpochs(List<Epoch> epochs) {
    /** Keys that sign checkpoints of this size and more, until the next epoch's. */
    record Epoch(long fromSize, List<VerifierKey> keys) {}

    KeyEpochs {
        epochs = List.copyOf(epochs);
    }

    /** The keys that must have signed a checkpoint of this size. */
    List<VerifierKey> inForce(long size) {
        return epochs.reversed().stream()
                .filter(epoch -> epoch.fromSize() <= size)
                .findFirst()
                .orElseThrow()
                .keys();
    }

    /** Whether the log ever had this key. */
    boolean knows(VerifierKey key) {
        return epochs.stream().anyMatch(epoch -> epoch.keys().contains(key));
    }
}
