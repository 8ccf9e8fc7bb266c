package dev.mapsovereign.registry.document;

/** A DID document that is refused: which rule, and at which member. */
public final class DocumentException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    private final DocumentFault fault;

    /** A refusal; the message names the member. */
    public DocumentException(DocumentFault fault, String message) {
        super(message);
        this.fault = fault;
    }

    /** A refusal that another failure led to. */
    public DocumentException(DocumentFault fault, String message, Throwable cause) {
        super(message, cause);
        this.fault = fault;
    }

    /** The rule that was broken. */
    public DocumentFault fault() {
        return fault;
    }
}
