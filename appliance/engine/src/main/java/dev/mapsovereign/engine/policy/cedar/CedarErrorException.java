package dev.mapsovereign.engine.policy.cedar;

/**
 * A condition cannot be judged: a value of another type than its operator takes, an attribute that
 * is not there, a number beyond 64 bits. The message begins with the place, {@code line:column},
 * and names no value of the request. Without a stack trace, since calls can cause it as often as
 * they like.
 */
final class CedarErrorException extends Exception {
    private static final long serialVersionUID = 1L;

    CedarErrorException(Position position, String message) {
        super(position + ": " + message, null, false, false);
    }
}
