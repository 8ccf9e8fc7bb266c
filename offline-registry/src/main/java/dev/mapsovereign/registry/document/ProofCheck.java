package dev.mapsovereign.registry.document;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Multikey;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/** The two ways in which a document may be signed. */
final class ProofCheck {
    private ProofCheck() {}

    static Set<String> single(DocumentContent content, byte[] signed, Ed25519 ed25519) {
        if (content.proofs().size() != 1) {
            throw new DocumentException(
                    DocumentFault.PROOF_KEY,
                    "only a root with governance.signers has several proofs");
        }
        DocumentProof proof = content.proofs().getFirst();
        List<VerificationMethod> allowed = content.listed(content.assertion());
        Optional<VerificationMethod> method =
                allowed.stream()
                        .filter(it -> it.id().equals(proof.verificationMethod()))
                        .findFirst();
        if (method.isEmpty()) {
            throw new DocumentException(
                    DocumentFault.PROOF_KEY,
                    "the proof's key "
                            + proof.verificationMethod()
                            + " is no assertion key of the document");
        }
        if (!ed25519.verify(method.get().publicKey(), signed, proof.signature())) {
            throw new DocumentException(
                    DocumentFault.PROOF_SIGNATURE,
                    "the signature of " + method.get().id() + " does not verify");
        }
        return Set.of(method.get().key());
    }

    /** Each proof names a signer by his DID, {@code #} and anything; his listed key must verify. */
    static Set<String> threshold(
            DocumentContent content, Governance governance, byte[] signed, Ed25519 ed25519) {
        Set<String> keys = new LinkedHashSet<>();
        for (DocumentProof proof : content.proofs()) {
            String method = proof.verificationMethod();
            Governance.Signer signer =
                    governance.signers().stream()
                            .filter(it -> method.startsWith(it.did().text() + "#"))
                            .findFirst()
                            .orElseThrow(() ->
                                    new DocumentException(
                                            DocumentFault.PROOF_KEY,
                                            "the proof's key "
                                                    + method
                                                    + " is no signer's of the governance"));
            if (!ed25519.verify(Multikey.decode(signer.key()), signed, proof.signature())) {
                throw new DocumentException(
                        DocumentFault.PROOF_SIGNATURE,
                        "the signature of " + method + " does not verify");
            }
            keys.add(signer.key());
        }
        if (keys.size() < governance.threshold()) {
            throw new DocumentException(
                    DocumentFault.PROOF_THRESHOLD,
                    keys.size() + " signers, " + governance.threshold() + " needed");
        }
        return Set.copyOf(keys);
    }
}
