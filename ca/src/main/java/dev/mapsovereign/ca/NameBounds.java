package dev.mapsovereign.ca;

import java.security.cert.X509Certificate;
import java.util.Optional;
import org.bouncycastle.asn1.ASN1OctetString;
import org.bouncycastle.asn1.x509.Extension;
import org.bouncycastle.asn1.x509.GeneralName;
import org.bouncycastle.asn1.x509.GeneralSubtree;
import org.bouncycastle.asn1.x509.NameConstraintValidatorException;
import org.bouncycastle.asn1.x509.NameConstraints;
import org.bouncycastle.asn1.x509.PKIXNameConstraintValidator;
import org.jspecify.annotations.Nullable;

/** The names for which an issuer's certificates verify (RFC 5280 §4.2.1.10). */
final class NameBounds {
    private final Optional<NameConstraints> constraints;

    private NameBounds(Optional<NameConstraints> constraints) {
        this.constraints = constraints;
    }

    /** Those that {@code issuer} states; one that states none may certify every name. */
    static NameBounds of(X509Certificate issuer) {
        byte @Nullable [] extension = issuer.getExtensionValue(Extension.nameConstraints.getId());
        return new NameBounds(
                Optional.ofNullable(extension)
                        .map(bytes ->
                                NameConstraints.getInstance(
                                        ASN1OctetString.getInstance(bytes).getOctets())));
    }

    /** Whether whoever verifies accepts a certificate for {@code name}. */
    boolean allow(SubjectName name) {
        return constraints.isEmpty() || allows(constraints.get(), Issuance.generalName(name));
    }

    private static boolean allows(NameConstraints bounds, GeneralName name) {
        PKIXNameConstraintValidator validator = new PKIXNameConstraintValidator();
        GeneralSubtree @Nullable [] permitted = bounds.getPermittedSubtrees();
        if (permitted != null) {
            validator.intersectPermittedSubtree(permitted);
        }
        GeneralSubtree @Nullable [] excluded = bounds.getExcludedSubtrees();
        if (excluded != null) {
            for (GeneralSubtree each : excluded) {
                validator.addExcludedSubtree(each);
            }
        }
        try {
            validator.checkPermitted(name);
            validator.checkExcluded(name);
            return true;
        } catch (NameConstraintValidatorException e) {
            return false;
        }
    }
}
