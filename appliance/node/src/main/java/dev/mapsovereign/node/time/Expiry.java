package dev.mapsovereign.node.time;

import dev.mapsovereign.base.json.JsonObject;
import java.time.Duration;
import java.time.Instant;
import java.util.Locale;
import java.util.Optional;

/**
 * Something that ends at a date.
 *
 * @param what it is
 * @param kind which sort of thing, for programs
 * @param begin since when it is valid, where that is known
 * @param end from when on it is not
 * @param notice how long before the end somebody should know
 * @param stops what stops then
 * @param remedy how it is mended, a command where there is one
 */
public record Expiry(
        String what,
        Kind kind,
        Optional<Instant> begin,
        Instant end,
        Duration notice,
        String stops,
        String remedy) {
    /** Sorts of things that end. */
    public enum Kind {
        /** The certificate that the gateway shows, and its chain. */
        SERVER_CERTIFICATE,
        /** The site's root, on which that chain hangs. */
        ROOT,
        /** An issuer of the site's authority. */
        ISSUER,
        /** A certificate that the authority issued to somebody. */
        ISSUED_CERTIFICATE,
        /** A revocation list of the authority. */
        CRL,
        /** Signed metadata of the registry's snapshot, or its age. */
        REGISTRY,
        API_KEY,
        GRANT,
        /** A capability or a credential in an agent's document. */
        DOCUMENT;

        /** The word in reports. */
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }
    }

    /** How something is at a moment. */
    public enum State {
        NOT_YET_VALID,
        EXPIRED,
        SOON,
        GOOD;

        /** The word in reports. */
        public String wire() {
            return name().toLowerCase(Locale.ROOT);
        }

        /** Whether it does not work. */
        public boolean stopped() {
            return this == EXPIRED || this == NOT_YET_VALID;
        }
    }

    /** How it is at {@code at}. */
    public State state(Instant at) {
        if (begin.filter(at::isBefore).isPresent()) {
            return State.NOT_YET_VALID;
        }
        if (!at.isBefore(end)) {
            return State.EXPIRED;
        }
        return at.plus(notice).isBefore(end) ? State.GOOD : State.SOON;
    }

    /**
     * What it is and how, for the log and {@code /ready}: the same words until the state changes.
     */
    public String finding(Instant at) {
        String how =
                switch (state(at)) {
                    case NOT_YET_VALID -> " is not valid before " + begin.orElseThrow();
                    case EXPIRED -> " expired at " + end;
                    case SOON, GOOD -> " ends at " + end;
                };
        return what + how;
    }

    /** How that is mended; what is not valid yet may be good, and the clock wrong. */
    public String remedy(Instant at) {
        return state(at) == State.NOT_YET_VALID
                ? "look at the clock first (map clock); if it is right, " + remedy
                : remedy;
    }

    /** One row; days are whole ones, negative once it is over. */
    public JsonObject json(Instant at) {
        return JsonObject.builder()
                .put("date", end.toString())
                .put("in_days", Math.floorDiv(Duration.between(at, end).toSeconds(), 86_400L))
                .put("state", state(at).wire())
                .put("kind", kind.wire())
                .put("what", what)
                .put("stops", stops)
                .put("remedy", remedy(at))
                .putIfPresent("valid_from", begin.map(Object::toString))
                .build();
    }
}
