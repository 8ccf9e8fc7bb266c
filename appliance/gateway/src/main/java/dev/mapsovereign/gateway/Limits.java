package dev.mapsovereign.gateway;

import dev.mapsovereign.gateway.http.Request;
import java.time.Duration;

/** Fixed numbers of the edge, each with its reason. */
public final class Limits {
    /** A dispatch body with a credential. */
    public static final int DISPATCH_BODY_BYTES_MAX = Request.BODY_BYTES_MAX;

    /**
     * A caller that shows no credential may call the handshake alone, whose bodies are a few
     * hundred bytes; nobody has to read megabytes in order to say 401.
     */
    static final int ANONYMOUS_BODY_BYTES_MAX = 64 << 10;

    /** Nesting of a dispatch body; the payload's own schema is far flatter. */
    static final int BODY_DEPTH_MAX = 64;

    /** Names in the envelope: longer ones name nothing. */
    static final int NAME_CHARACTERS_MAX = 128;

    /** A DID is at most 256 bytes; a tenant id 32. */
    static final int IDENTITY_CHARACTERS_MAX = 256;

    /** As other APIs have it (255), so that clients need not shorten what they use there. */
    static final int IDEMPOTENCY_KEY_CHARACTERS_MAX = 255;

    /** {@code map_live_<id>_<43 characters>} with room to spare. */
    static final int BEARER_CHARACTERS_MAX = 512;

    /** Nobody waits longer for a call; the engine may have a nearer deadline. */
    static final Duration CALL_TIME_MAX = Duration.ofSeconds(60);

    /** What an engine host is only told of, and a caller waits for: a record, and no call. */
    static final Duration REPORT_TIME_MAX = Duration.ofSeconds(5);

    /**
     * How long the answer to a source that is over its rate without a credential is held back. A
     * client that waits for its answer then comes at most this often per connection, and the wait
     * costs us nothing.
     */
    static final Duration HOLD_BACK = Duration.ofMillis(250);

    /** Answers held back together; beyond it they go out at once, so that they hold no memory. */
    static final int HELD_BACK_MAX = 2_000;

    private Limits() {}
}
