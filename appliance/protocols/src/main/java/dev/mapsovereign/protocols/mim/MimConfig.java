package dev.mapsovereign.protocols.mim;

import dev.mapsovereign.config.ConfigSection;
import java.time.Duration;

/**
 * The table {@code [mim]}.
 *
 * @param messageBytesMax bound of a message's body in RFC 8785 form ({@code
 *     MIM_MAX_MESSAGE_SIZE_BYTES}), 1 KiB to 5 MiB
 * @param qualityDefault what a message gets that names no quality ({@code MIM_QOS_DEFAULT_LEVEL})
 * @param dedupWindow how long a dedup key is remembered
 */
public record MimConfig(
        int messageBytesMax, QualityOfService qualityDefault, Duration dedupWindow) {
    /** Largest body that fits the dispatch body's own bound with its envelope. */
    public static final int MESSAGE_BYTES_MAX = 5 << 20;

    private static final int MESSAGE_BYTES_MIN = 1 << 10;
    private static final Duration DEDUP_WINDOW_DEFAULT = Duration.ofHours(24);

    /**
     * @throws IllegalArgumentException for a bound that cannot be kept
     */
    public MimConfig {
        if (messageBytesMax < MESSAGE_BYTES_MIN || messageBytesMax > MESSAGE_BYTES_MAX) {
            throw new IllegalArgumentException(
                    "a message's bound is from "
                            + MESSAGE_BYTES_MIN
                            + " to "
                            + MESSAGE_BYTES_MAX
                            + " bytes, not "
                            + messageBytesMax);
        }
        if (!dedupWindow.isPositive()) {
            throw new IllegalArgumentException("the dedup window is positive");
        }
    }

    /** What a site gets that sets nothing. */
    public static MimConfig defaults() {
        return new MimConfig(
                MESSAGE_BYTES_MAX, QualityOfService.AT_LEAST_ONCE, DEDUP_WINDOW_DEFAULT);
    }

    /** Reads the table. */
    public static MimConfig read(ConfigSection section) {
        return new MimConfig(
                section.integer("max_message_size_bytes", MESSAGE_BYTES_MIN, MESSAGE_BYTES_MAX)
                        .env("MIM_MAX_MESSAGE_SIZE_BYTES")
                        .orElse(MESSAGE_BYTES_MAX),
                section.text("qos_default_level")
                        .env("MIM_QOS_DEFAULT_LEVEL")
                        .as(QualityOfService::ofWire, QualityOfService.AT_LEAST_ONCE.wire())
                        .orElse(QualityOfService.AT_LEAST_ONCE),
                section.duration("dedup_window", Duration.ofMinutes(1), Duration.ofDays(30))
                        .orElse(DEDUP_WINDOW_DEFAULT));
    }
}
