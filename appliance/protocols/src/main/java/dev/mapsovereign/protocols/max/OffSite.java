package dev.mapsovereign.protocols.max;

import dev.mapsovereign.base.identity.TenantId;
import java.time.Instant;
import java.util.Optional;

/**
 * What of a chain has left the building, as whoever carries it out remembers. MAX asks for it and
 * does not know media; the node joins them.
 */
@FunctionalInterface
public interface OffSite {
    /**
     * How it stands with one chain.
     *
     * @param exported records that are on some medium without a gap from the first
     * @param witnessed largest size under a receipt of an enrolled station
     * @param mirrored largest size of which a station says that it keeps every entry
     * @param last the newest export that holds some of this chain
     */
    record State(long exported, long witnessed, long mirrored, Optional<Export> last) {}

    /**
     * One export.
     *
     * @param number of the node's exports
     * @param to first index of this chain that is not in it
     * @param finished whether the bundle is whole on its medium
     */
    record Export(long number, Instant time, long to, boolean finished) {}

    /** The state now; quick, or remembered for a few seconds. */
    State of(TenantId tenant);
}
