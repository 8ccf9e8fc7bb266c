package dev.mapsovereign.base.error;

/** Something that this product excludes has happened: a fault of ours, never of a caller. */
public final class InvariantException extends IllegalStateException {
    private static final long serialVersionUID = 1L;

    /** The statement that turned out to be false. */
    public InvariantException(String message) {
        super(message);
    }
}
