package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.checkpoint.LogSigner;
import dev.mapsovereign.auditlog.record.KeyEpochs;
import dev.mapsovereign.auditlog.record.KeyRotation;
import dev.mapsovereign.base.note.SignedNote;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * One log's keys. What it knows at one moment is one value, so that whoever looks sees a log before
 * its turn, in it, or after it, and nothing between.
 */
final class LogKeyset {
    private final String origin;
    private volatile Now now;

    /**
     * @param rotationCheckpoint of the newest rotation, once it is kept
     */
    private record Now(
            KeyEpochs epochs,
            LogSigner signer,
            Optional<Turn> turn,
            Optional<SignedNote> rotationCheckpoint) {}

    /**
     * A rotation whose checkpoint is still to be made.
     *
     * @param recordedAt index of the last record that the checkpoint must cover; beyond any size
     *     until that is known
     */
    record Turn(LogSigner next, long recordedAt) {}

    private LogKeyset(String origin, Now now) {
        this.origin = origin;
        this.now = now;
    }

    /** Of a log that has never changed its keys. */
    LogKeyset(String origin, LogSigner signer) {
        this(
                origin,
                new Now(
                        new KeyEpochs(List.of(new KeyEpochs.Epoch(0, signer.keys()))),
                        signer,
                        Optional.empty(),
                        Optional.empty()));
    }

    /** Of a log that has changed its keys. */
    static LogKeyset turned(
            String origin, LogSigner signer, List<KeyRotation> rotations, SignedNote checkpoint) {
        return new LogKeyset(
                origin,
                new Now(epochs(rotations), signer, Optional.empty(), Optional.of(checkpoint)));
    }

    /** Of a log that is about to. */
    static LogKeyset turning(
            String origin, LogSigner signer, List<KeyRotation> rotations, LogSigner next) {
        return new LogKeyset(
                origin,
                new Now(
                        epochs(rotations),
                        signer,
                        Optional.of(new Turn(next, Long.MAX_VALUE)),
                        Optional.empty()));
    }

    private static KeyEpochs epochs(List<KeyRotation> rotations) {
        List<KeyEpochs.Epoch> epochs = new ArrayList<>();
        epochs.add(new KeyEpochs.Epoch(0, rotations.getFirst().oldKeys()));
        rotations.forEach(each -> epochs.add(new KeyEpochs.Epoch(each.fromSize(), each.newKeys())));
        return new KeyEpochs(epochs);
    }

    String origin() {
        return origin;
    }

    KeyEpochs epochs() {
        return now.epochs();
    }

    /** What signs now; while the log turns, still the keys that it turns from. */
    LogSigner signer() {
        return now.signer();
    }

    Optional<Turn> turn() {
        return now.turn();
    }

    /** The one of the newest rotation. */
    Optional<SignedNote> rotationCheckpoint() {
        return now.rotationCheckpoint();
    }

    /** The log begins to turn. */
    void begin(KeyRotation rotation, LogSigner next) {
        List<KeyEpochs.Epoch> epochs = new ArrayList<>(now.epochs().epochs());
        epochs.add(new KeyEpochs.Epoch(rotation.fromSize(), rotation.newKeys()));
        now =
                new Now(
                        new KeyEpochs(epochs),
                        now.signer(),
                        Optional.of(new Turn(next, Long.MAX_VALUE)),
                        Optional.empty());
    }

    /** The checkpoint may be made once it covers this record. */
    void recorded(long index) {
        Now before = now;
        now =
                new Now(
                        before.epochs(),
                        before.signer(),
                        before.turn().map(turn -> new Turn(turn.next(), index)),
                        before.rotationCheckpoint());
    }

    /** The rotation checkpoint is kept. */
    void turned(SignedNote checkpoint) {
        now =
                new Now(
                        now.epochs(),
                        now.turn().orElseThrow().next(),
                        Optional.empty(),
                        Optional.of(checkpoint));
    }
}
