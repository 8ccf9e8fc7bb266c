package dev.mapsovereign.verifier;

import dev.mapsovereign.base.age.AgeIdentity;
import java.util.List;

/**
 * With what records are read.
 *
 * @param buffer for one file after the other
 * @param progress is told how far it has come
 * @param identities that decrypt entries; none where nobody here can
 * @param sink takes what has been verified
 */
record Reading(ReadBuffer buffer, Progress progress, List<AgeIdentity> identities, RangeSink sink) {
    Reading {
        identities = List.copyOf(identities);
    }
}
