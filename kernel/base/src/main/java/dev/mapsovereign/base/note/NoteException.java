package dev.mapsovereign.base.note;

/** A note, a verifier key or a policy that is not as it must be; the message says in what. */
public final class NoteException extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    /** What is wrong; without the text of an unverified note, which is not ours to show. */
    public NoteException(String message) {
        super(message);
    }

    /** What is wrong, and what found it. */
    public NoteException(String message, Throwable cause) {
        super(message, cause);
    }
}
