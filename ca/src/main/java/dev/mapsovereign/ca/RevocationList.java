package dev.mapsovereign.ca;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonObject;
import java.io.IOException;
import java.math.BigInteger;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.Date;
import java.util.List;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1Integer;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.cert.X509CRLHolder;

/**
 * A certificate revocation list as it lies in the authority's folder.
 *
 * @param issuer {@code server} or {@code agent}
 * @param file DER
 * @param number its cRLNumber, higher than that of every list of this issuer before
 * @param revoked how many certificates it names
 * @param thisUpdate when it was made
 * @param nextUpdate from when on nobody should rely on it
 */
public record RevocationList(
        String issuer,
        Path file,
        BigInteger number,
        int revoked,
        Instant thisUpdate,
        Instant nextUpdate) {
    /**
     * The lists of the authority in {@code folder}; an issuer that never made one has none.
     *
     * @throws OperatorException exit 3, if a file that is there cannot be read
     */
    public static List<RevocationList> in(Path folder) {
        List<RevocationList> lists = new ArrayList<>();
        for (String issuer : CertificateAuthority.ISSUERS) {
            Path file = file(folder, issuer);
            if (Files.exists(file)) {
                lists.add(read(issuer, file));
            }
        }
        return List.copyOf(lists);
    }

    static Path folder(Path authority) {
        return authority.resolve("crl");
    }

    /** Where the list of that issuer stands once there is one. */
    public static Path file(Path authority, String issuer) {
        return folder(authority).resolve(issuer + ".crl");
    }

    private static RevocationList read(String issuer, Path file) {
        try {
            return of(issuer, file, new X509CRLHolder(Files.readAllBytes(file)));
        } catch (IOException | IllegalArgumentException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "couldn't read the revocation list " + file + ": " + e.getMessage(),
                    "map ca crl makes a new one");
        }
    }

    /**
     * What that list says.
     *
     * @throws IllegalArgumentException if it lacks what every list made here has
     */
    static RevocationList of(String issuer, Path file, X509CRLHolder list) {
        Extension number = list.getExtension(Extension.cRLNumber);
        Date nextUpdate = list.getNextUpdate();
        if (number == null || nextUpdate == null) {
            throw new IllegalArgumentException("no cRLNumber, or no nextUpdate");
        }
        return new RevocationList(
                issuer,
                file,
                ASN1Integer.getInstance(number.getParsedValue()).getValue(),
                list.getRevokedCertificates().size(),
                list.getThisUpdate().toInstant(),
                nextUpdate.toInstant());
    }

    /** The list of that issuer, if there is one that can be read. */
    static Optional<RevocationList> readable(Path folder, String issuer) {
        try {
            return in(folder).stream().filter(each -> each.issuer().equals(issuer)).findFirst();
        } catch (OperatorException e) {
            // What cannot be read is replaced, as if it were not there.
            return Optional.empty();
        }
    }

    /** What may be shown. */
    public JsonObject facts() {
        return JsonObject.builder()
                .put("issuer", issuer)
                .put("number", number.toString())
                .put("revoked", revoked)
                .put("this_update", thisUpdate.toString())
                .put("next_update", nextUpdate.toString())
                .put("file", file.toString())
                .build();
    }
}
