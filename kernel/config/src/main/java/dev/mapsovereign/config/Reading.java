package dev.mapsovereign.config;

import java.util.Optional;

/** A configuration record that was read; its value may be taken after {@link ConfigRoot#finish}. */
public final class Reading<T> {
    private final ConfigRoot root;
    private final Optional<T> value;

    Reading(ConfigRoot root, Optional<T> value) {
        this.root = root;
        this.value = value;
    }

    /**
     * The record.
     *
     * @throws IllegalStateException before the configuration was finished without a problem: until
     *     then bad values are replaced by placeholders
     */
    public T get() {
        if (!root.isFinished()) {
            throw new IllegalStateException("the configuration is not finished");
        }
        return value.orElseThrow();
    }
}
