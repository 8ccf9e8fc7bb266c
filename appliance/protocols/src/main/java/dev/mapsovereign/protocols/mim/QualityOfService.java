package dev.mapsovereign.protocols.mim;

/** What a sender is promised about delivery. */
public enum QualityOfService {
    /** Delivered once or, if the receiver fails at that moment, never. */
    AT_MOST_ONCE("AtMostOnce"),
    /** Delivered again until the receiver acknowledges it. */
    AT_LEAST_ONCE("AtLeastOnce"),
    /** As {@link #AT_LEAST_ONCE}, and the same dedup key is accepted once: a retry adds nothing. */
    EXACTLY_ONCE("ExactlyOnce");

    private final String wire;

    QualityOfService(String wire) {
        this.wire = wire;
    }

    /** The name on the wire and in the configuration. */
    public String wire() {
        return wire;
    }

    /**
     * The constant of that name.
     *
     * @throws IllegalArgumentException if there is none
     */
    public static QualityOfService ofWire(String wire) {
        for (QualityOfService quality : values()) {
            if (quality.wire.equals(wire)) {
                return quality;
            }
        }
        throw new IllegalArgumentException("no quality of service " + wire);
    }
}
