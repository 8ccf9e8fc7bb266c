package dev.mapsovereign.registry.document;

import java.util.Locale;

/** Why bytes are not a DID document. */
public enum DocumentFault {
    /** Above the limit of bytes. */
    OVERSIZE,
    /** No strict JSON object. */
    NOT_JSON,
    /** JSON, but not its RFC 8785 form. */
    NOT_CANONICAL,
    /** A member that the form does not know. */
    UNKNOWN_MEMBER,
    /** A member that is missing or not of its form. */
    MALFORMED,
    /** The proof names a key that may not sign this document. */
    PROOF_KEY,
    /** The signature does not verify. */
    PROOF_SIGNATURE,
    /** Fewer signers than the governance demands. */
    PROOF_THRESHOLD;

    /** The lower-case name. */
    public String wire() {
        return name().toLowerCase(Locale.ROOT);
    }
}
