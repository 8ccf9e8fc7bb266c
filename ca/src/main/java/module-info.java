import org.jspecify.annotations.NullMarked;

/** The certificate authority of a site without internet; start at CertificateAuthority. */
@NullMarked
module dev.mapsovereign.ca {
    requires static org.jspecify;
    requires transitive dev.mapsovereign.base;
    requires dev.mapsovereign.config;
    requires org.bouncycastle.provider;
    requires org.bouncycastle.pkix;
    requires org.bouncycastle.util;

    exports dev.mapsovereign.ca;
}
