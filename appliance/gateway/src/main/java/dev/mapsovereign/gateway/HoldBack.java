package dev.mapsovereign.gateway;

import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.engine.request.EngineResponse;
import java.util.concurrent.Semaphore;

/**
 * Slows those down who flood the node without a credential.
 *
 * <p>The engine refuses them with 429 beyond their rate, which costs little, but a client that
 * ignores it comes back at once, and ten thousand little costs a second are what callers with a
 * credential then wait for. Held back for a moment, on a virtual thread that sleeps, each
 * connection comes only a few times a second. Any thread.
 */
final class HoldBack {
    private final Semaphore places = new Semaphore(Limits.HELD_BACK_MAX);

    /** Waits before such an answer is sent; every other one passes. */
    void beforeAnswering(EngineResponse response) {
        if (!isFlood(response) || !places.tryAcquire()) {
            return;
        }
        try {
            Thread.sleep(Limits.HOLD_BACK);
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        } finally {
            places.release();
        }
    }

    /** Only callers that nobody knows have no tenant. */
    private static boolean isFlood(EngineResponse response) {
        return response instanceof EngineResponse.Refused(var refusal, var metadata)
                && refusal.code() == ErrorCode.RATE_LIMITED
                && metadata.tenant().isEmpty();
    }
}
