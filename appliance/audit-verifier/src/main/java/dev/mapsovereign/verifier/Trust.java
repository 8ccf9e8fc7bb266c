package dev.mapsovereign.verifier;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.note.NoteException;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.base.note.TrustPolicy;
import dev.mapsovereign.base.note.VerifierKey;
import java.io.IOException;
import java.io.InputStream;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/** What the auditor brought along: the only keys that are believed without a proof. */
record Trust(TrustPolicy policy, Ed25519 ed25519) {
    /**
     * Reads a C2SP tlog-policy file.
     *
     * @throws OperatorException environment, if it cannot be read or is none
     */
    static Trust read(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(Limits.TRUST_BYTES_MAX);
            // Octets above 0x7f are opaque in a policy, and our names hold none of them.
            String text = new String(bytes, StandardCharsets.UTF_8);
            return new Trust(TrustPolicy.parse(text), Ed25519.jdk());
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "cannot read the trust file " + file + ": " + IoReason.of(e));
        } catch (NoteException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "the trust file " + file + ": " + e.getMessage());
        }
    }

    /** The keys that the file names for a log. */
    List<VerifierKey> keysOf(String origin) {
        return policy.logs().stream()
                .map(TrustPolicy.Log::key)
                .filter(key -> key.name().equals(origin))
                .toList();
    }

    /**
     * Those of the keys that signed the note. A line that bears a key's name and id and does not
     * verify is no missing signature: somebody changed something.
     */
    List<VerifierKey> signersOf(SignedNote note, List<VerifierKey> keys, Path file)
            throws VerificationException {
        List<VerifierKey> signers = new ArrayList<>();
        for (VerifierKey key : keys) {
            if (note.signatures().stream().anyMatch(key::claims)) {
                if (!note.verifies(key, ed25519)) {
                    throw VerificationException.refused(
                            file,
                            "the signature of %s (key id %08x) does not verify"
                                    .formatted(key.name(), key.keyId()));
                }
                signers.add(key);
            }
        }
        return signers;
    }

    /** Whether enough of the witnesses cosigned. */
    boolean quorumMet(SignedNote note, Path file) throws VerificationException {
        List<VerifierKey> witnesses =
                policy.witnesses().stream().map(TrustPolicy.Witness::key).toList();
        signersOf(note, witnesses, file);
        return policy.quorumMet(note, ed25519);
    }
}
