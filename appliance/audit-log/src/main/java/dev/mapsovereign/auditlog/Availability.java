package dev.mapsovereign.auditlog;

import dev.mapsovereign.base.audit.AuditUnavailableException;
import java.util.Optional;

/**
 * Whether the log takes records, and if not, why. Several things can be wrong at once; each is set
 * and cleared by the one who sees it.
 */
final class Availability {
    private volatile Optional<String> damage = Optional.empty();
    private volatile Optional<String> missing = Optional.empty();
    private volatile Optional<String> unwritable = Optional.empty();
    private volatile Optional<String> shortage = Optional.empty();
    private volatile Optional<String> closed = Optional.empty();
    private volatile Optional<String> held = Optional.empty();

    /** Found wrong once: nothing is written or signed any more until the log is opened again. */
    void damaged(String finding) {
        damage = Optional.of(finding);
    }

    /** A segment's file is gone or was changed from outside, or all are whole again. */
    void segments(Optional<String> finding) {
        missing = finding;
    }

    /** Writes fail. */
    void unwritable(String reason) {
        unwritable = Optional.of(reason);
    }

    /** Writes succeed again. */
    void writable() {
        unwritable = Optional.empty();
    }

    /** The reserve is reached. */
    void shortage(String reason) {
        shortage = Optional.of(reason);
    }

    /** There is space again. */
    void space() {
        shortage = Optional.empty();
    }

    /** The log is being closed. */
    void closed() {
        closed = Optional.of("the audit log is closed");
    }

    /** Records are taken and not signed, or signed again. */
    void held(Optional<String> reason) {
        held = reason;
    }

    /** Why nothing may be signed now, although records are taken. */
    Optional<String> held() {
        return held;
    }

    /** Why nothing may be written and signed, not even what is already accepted. */
    Optional<String> halted() {
        return damage.or(() -> missing);
    }

    /** Why no record is taken now; empty while records are taken. */
    Optional<String> reason() {
        return damage.or(() -> missing).or(() -> unwritable).or(() -> shortage).or(() -> closed);
    }

    /** Why no new record is even tried; a shortage is left to the committer to find out. */
    Optional<String> refusal() {
        return damage.or(() -> missing).or(() -> unwritable).or(() -> closed);
    }

    /** How a caller is refused. */
    static AuditUnavailableException unavailable(String reason) {
        return new AuditUnavailableException(reason, Limits.RETRY_AFTER);
    }

    /** How a caller is refused when something else failed. */
    static AuditUnavailableException unavailable(String reason, Throwable cause) {
        return new AuditUnavailableException(reason, Limits.RETRY_AFTER, cause);
    }
}
