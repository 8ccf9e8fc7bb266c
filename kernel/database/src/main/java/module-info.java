import org.jspecify.annotations.NullMarked;

/** One small door to H2 and PostgreSQL; start at Database. */
@NullMarked
module dev.mapsovereign.database {
    requires static org.jspecify;
    requires java.sql;
    requires dev.mapsovereign.base;
    requires dev.mapsovereign.config;
    requires com.h2database;
    requires org.postgresql.jdbc;
    requires com.zaxxer.hikari;
}
