package dev.mapsovereign.base.note;

/** A key that signs notes. Safe for use by several threads. */
public interface NoteSigner {
    /** By which its signatures are verified. */
    VerifierKey key();

    /**
     * The signature as it stands behind the key id in a signature line; with its time in front if
     * the key is a cosigner's.
     *
     * @throws NoteException if a cosigner is given what is no checkpoint
     */
    byte[] sign(String noteText);
}
