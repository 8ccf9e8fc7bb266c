package dev.mapsovereign.engine.policy.cedar;

import java.util.function.Supplier;

/**
 * What is to be judged.
 *
 * @param principal who
 * @param action does what
 * @param resource on what
 * @param context under which circumstances; asked for only where a condition looks at them, and
 *     each time the same
 * @param entities what is known of these and of others
 */
public record Request(
        EntityUid principal,
        EntityUid action,
        EntityUid resource,
        Supplier<Value.RecordOf> context,
        Entities entities) {}
