package dev.mapsovereign.registry;

import java.time.Instant;

/**
 * When what a mirror serves ends.
 *
 * @param number the snapshot served
 * @param root end of the root that vouches for it
 * @param targets end of its list of files
 * @param snapshot end of its description
 * @param timestamp end of the statement that it is the newest
 * @param stale from when on it is older than {@code registry.max_age}
 */
public record SnapshotDates(
        long number,
        Instant root,
        Instant targets,
        Instant snapshot,
        Instant timestamp,
        Instant stale) {}
