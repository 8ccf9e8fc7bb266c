package dev.mapsovereign.engine.policy;

/** A change of policies that cannot be made; the message says which and why. */
public final class PolicyRefusedException extends RuntimeException {
    private static final long serialVersionUID = 1L;

    PolicyRefusedException(String message) {
        super(message);
    }
}
