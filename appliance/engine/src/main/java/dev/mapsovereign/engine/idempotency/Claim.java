package dev.mapsovereign.engine.idempotency;

/**
 * A key held for a call that is about to run. Whoever holds it keeps the call's answer under it or
 * gives it back.
 */
public final class Claim {
    private final IdempotencyKey key;
    private final StoredAnswer running;

    Claim(IdempotencyKey key, StoredAnswer running) {
        this.key = key;
        this.running = running;
    }

    IdempotencyKey key() {
        return key;
    }

    /** What stands under the key while the call runs. */
    public StoredAnswer running() {
        return running;
    }
}
