package dev.mapsovereign.migrations;

import java.time.Instant;
import java.util.List;
import java.util.Optional;

/**
 * What a database has had applied, beside what this release has.
 *
 * @param entries one for each version known to either, ascending
 */
public record SchemaStatus(List<Entry> entries) {
    public SchemaStatus {
        entries = List.copyOf(entries);
    }

    /** How a version stands. */
    public enum State {
        /** Applied, and the file is the same still. */
        APPLIED,
        /** In this release and not applied yet. */
        PENDING,
        /** Applied, and the file of that version has another text or name now. */
        EDITED,
        /** Applied, and this release has no such file: a newer release was here. */
        MISSING
    }

    /** One version. */
    public record Entry(int version, String name, State state, Optional<Instant> appliedAt) {
        /** {@code 0002_audit_chain}. */
        @Override
        public String toString() {
            return "%04d_%s".formatted(version, name);
        }
    }

    /** Whether every file of this release is applied, and nothing else. */
    public boolean isCurrent() {
        return entries.stream().allMatch(entry -> entry.state() == State.APPLIED);
    }

    /** The versions in that state, ascending. */
    public List<Entry> in(State state) {
        return entries.stream().filter(entry -> entry.state() == state).toList();
    }
}
