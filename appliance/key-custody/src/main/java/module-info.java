import org.jspecify.annotations.NullMarked;

/** Key custody: where private keys are made, kept and used. */
@NullMarked
module dev.mapsovereign.custody {
    requires static org.jspecify;
    requires transitive dev.mapsovereign.base;
    requires dev.mapsovereign.config;
    requires org.bouncycastle.provider;

    exports dev.mapsovereign.custody;
}
