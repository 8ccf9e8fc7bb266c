package dev.mapsovereign.base.tls;

import java.nio.file.Files;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Where it stands whom to trust.
 *
 * @param anchors PEM certificates of authorities
 * @param revoked their revocation lists; a file that need not exist where {@code optional}
 * @param optional whether the lists are the site's own, which makes one with its first revocation
 */
public record TrustFiles(Path anchors, Optional<Path> revoked, boolean optional) {
    /**
     * Reads them as they are now.
     *
     * @throws dev.mapsovereign.base.error.OperatorException as {@link TrustSet#read}
     */
    public TrustSet read() {
        return TrustSet.read(anchors, revoked.filter(file -> !optional || Files.exists(file)));
    }
}
