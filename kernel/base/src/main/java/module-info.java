import org.jspecify.annotations.NullMarked;

/**
 * The vocabulary every program of MAP Sovereign shares; JDK only, so an auditor can read it all.
 */
@NullMarked
module dev.mapsovereign.base {
    requires static org.jspecify;

    exports dev.mapsovereign.base.age;
    exports dev.mapsovereign.base.audit;
    exports dev.mapsovereign.base.capability;
    exports dev.mapsovereign.base.crypto;
    exports dev.mapsovereign.base.durable;
    exports dev.mapsovereign.base.error;
    exports dev.mapsovereign.base.identity;
    exports dev.mapsovereign.base.json;
    exports dev.mapsovereign.base.merkle;
    exports dev.mapsovereign.base.note;
    exports dev.mapsovereign.base.time;
    exports dev.mapsovereign.base.tls;
}
