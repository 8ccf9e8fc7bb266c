package dev.mapsovereign.ca;

import java.time.Instant;
import java.util.List;

/**
 * What the ledger says of a certificate.
 *
 * @param profile by which it was issued
 * @param serial lower-case hex
 * @param names what it certifies
 * @param notAfter when it ends
 */
public record IssuedEntry(String profile, String serial, List<String> names, Instant notAfter) {
    public IssuedEntry {
        names = List.copyOf(names);
    }
}
