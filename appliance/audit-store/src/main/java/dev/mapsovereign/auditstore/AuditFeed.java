package dev.mapsovereign.auditstore;

import dev.mapsovereign.auditlog.Position;
import java.util.Optional;

/**
 * Takes every durable record somewhere else, behind the journal. Whatever it is fed into may be
 * away: then it falls behind, and nobody waits for it. Safe for use by several threads.
 */
public interface AuditFeed extends AutoCloseable {
    /** How many durable records have not arrived there, as far as this node knows. */
    long behind();

    /** Where in the journal it goes on, by what has arrived there durably. */
    Position followed();

    /** Why it does not go on; empty while it does. */
    Optional<String> trouble();

    /** Ends it within seconds; what has not arrived goes at the next start. */
    @Override
    void close();
}
