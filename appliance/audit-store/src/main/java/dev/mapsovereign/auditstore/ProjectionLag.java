package dev.mapsovereign.auditstore;

import java.time.Duration;

/**
 * How far the database is behind the log.
 *
 * @param records durable in the journal and not yet in the database
 * @param age how long ago the projection last took a step; zero when nothing is behind
 */
public record ProjectionLag(long records, Duration age) {}
