package dev.mapsovereign.auditlog.checkpoint;

import dev.mapsovereign.auditlog.record.LogKeys;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Hkdf;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.KindNote;
import dev.mapsovereign.base.note.NoteSigner;
import dev.mapsovereign.base.note.NoteSigners;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.VerifierKey;
import java.nio.charset.StandardCharsets;
import java.time.Clock;
import java.util.Arrays;
import java.util.List;
import java.util.function.Function;

/**
 * Signs one log's checkpoints: the note signature (Ed25519) first, the cosignature (ML-DSA-44)
 * second, as C2SP tlog-cosignature has it, key name and cosigner name both being the origin.
 *
 * <p>The keys are derived from the node's one log seed by HKDF-SHA256 with origin, epoch and
 * algorithm in {@code info}: a public key may stand in one log only (tlog-policy), and a node has
 * one secret to keep. Safe for use by several threads.
 */
public final class LogSigner {
    private static final int SEED_BYTES = 32;

    private final String origin;
    private final NoteSigner first;
    private final NoteSigner second;

    /** The signer of a log's epoch. */
    public LogSigner(Secret logSeed, String origin, int epoch, Ed25519 ed25519, Clock clock) {
        this.origin = origin;
        this.first =
                derived(
                        logSeed,
                        origin,
                        epoch,
                        "ed25519",
                        seed -> NoteSigners.ed25519(origin, seed, ed25519));
        this.second =
                derived(
                        logSeed,
                        origin,
                        epoch,
                        "ml-dsa-44",
                        seed -> NoteSigners.mlDsa44(origin, seed, clock));
    }

    /** Both verifier keys, Ed25519 first. */
    public List<VerifierKey> keys() {
        return List.of(first.key(), second.key());
    }

    /** What {@code _node} says of this log. */
    public LogKeys announcement(TenantId tenant) {
        return new LogKeys(tenant, origin, keys());
    }

    /** The signed checkpoint of a size and its root. */
    public SignedNote sign(long size, byte[] root) {
        return SignedNote.sign(new Checkpoint(origin, size, root).text(), first, second);
    }

    /** The checkpoint by which the keys change: signed by these keys, then by the next ones. */
    public SignedNote signWith(LogSigner next, long size, byte[] root) {
        return SignedNote.sign(
                new Checkpoint(origin, size, root).text(), first, second, next.first, next.second);
    }

    /** A note of another kind, with the Ed25519 line alone. */
    public SignedNote sign(String kind, List<String> lines) {
        return KindNote.sign(kind, lines, first);
    }

    private static NoteSigner derived(
            Secret logSeed,
            String origin,
            int epoch,
            String algorithm,
            Function<byte[], NoteSigner> use) {
        String info = "map/log-key/v1\n" + origin + "\n" + epoch + "\n" + algorithm;
        byte[] seed =
                logSeed.use(ikm ->
                        Hkdf.sha256(
                                ikm,
                                new byte[0],
                                info.getBytes(StandardCharsets.US_ASCII),
                                SEED_BYTES));
        NoteSigner signer = use.apply(seed);
        Arrays.fill(seed, (byte) 0);
        return signer;
    }
}
