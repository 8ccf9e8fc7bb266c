package dev.mapsovereign.auditlog.payload;

import java.io.IOException;

/** A payload or its key is not what was stored. */
public final class PayloadDamageException extends IOException {
    private static final long serialVersionUID = 1;

    /** What was found, where. */
    public PayloadDamageException(String finding) {
        super(finding);
    }
}
