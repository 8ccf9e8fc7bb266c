package dev.mapsovereign.engine.policy.cedar;

/**
 * What is to be judged.
 *
 * @param principal who
 * @param action does what
 * @param resource on what
 * @param context under which circumstances
 * @param entities what is known of these and of others
 */
public record Request(
        EntityUid principal,
        EntityUid action,
        EntityUid resource,
        Value.RecordOf context,
        Entities entities) {}
