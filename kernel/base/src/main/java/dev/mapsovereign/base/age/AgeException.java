package dev.mapsovereign.base.age;

import java.io.IOException;

/** An age file that cannot be decrypted; {@link #reason} says at which point. */
public final class AgeException extends IOException {
    private static final long serialVersionUID = 1L;

    private final Reason reason;

    /** Where reading stopped, in the order of reading. */
    public enum Reason {
        /** The header is not of the format, or a stanza in it is malformed. */
        HEADER,
        /** The header is sound, but is addressed to none of the identities. */
        NO_MATCH,
        /** An identity fits, but the header was changed by somebody. */
        MAC,
        /** The payload was changed, cut or added to. */
        PAYLOAD
    }

    AgeException(Reason reason, String message) {
        super(message);
        this.reason = reason;
    }

    /** At which point reading stopped. */
    public Reason reason() {
        return reason;
    }
}
