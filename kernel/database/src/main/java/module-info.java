import org.jspecify.annotations.NullMarked;

/** One small door to H2 and PostgreSQL; start at Database. */
@NullMarked
module dev.mapsovereign.database {
    requires static org.jspecify;
    requires static org.checkerframework.checker.qual; // on the driver's classes
    requires transitive java.sql;
    requires transitive dev.mapsovereign.base;
    requires transitive dev.mapsovereign.config;
    requires com.h2database;
    requires org.postgresql.jdbc;
    requires com.zaxxer.hikari;

    exports dev.mapsovereign.database;

    // H2 makes an object for each path by reflection.
    opens dev.mapsovereign.database.h2 to
            com.h2database;
}
