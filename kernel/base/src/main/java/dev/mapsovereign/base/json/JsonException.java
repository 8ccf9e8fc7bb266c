package dev.mapsovereign.base.json;

/**
 * Bytes that are not the JSON this product reads; the message fits into an answer to the caller.
 */
public final class JsonException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final int offset;

    /**
     * @param message what is wrong, without the offset
     * @param offset the byte at which it is wrong, from 0
     */
    public JsonException(String message, int offset) {
        // Without a stack trace: a flood of broken bodies must stay cheap, and the offset says
        // more.
        super(message + " at byte " + offset, null, false, false);
        this.offset = offset;
    }

    /** The byte at which the text is wrong, from 0. */
    public int offset() {
        return offset;
    }
}
