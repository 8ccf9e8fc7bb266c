package dev.mapsovereign.ca;

import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.nio.file.Path;
import java.security.cert.X509Certificate;
import java.util.List;

/**
 * A certificate that was issued once more for the key that its holder has.
 *
 * @param names what it certifies
 * @param chainPem leaf first, then the issuer
 * @param issuerRenewed whether the issuer was renewed for it
 */
public record Renewed(
        X509Certificate certificate, List<String> names, byte[] chainPem, boolean issuerRenewed) {
    /** Puts the chain in the place of the old one, by one rename. */
    public void install(Path file) {
        try {
            DurableFiles.write(file, chainPem, Mode.PUBLIC);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "couldn't write the chain to " + file + ": " + e.getMessage(),
                    e);
        }
    }
}
