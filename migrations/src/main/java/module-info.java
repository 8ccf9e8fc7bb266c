import org.jspecify.annotations.NullMarked;

/** The schema and its runner; the SQL files lie beside this module and run by psql alone. */
@NullMarked
module dev.mapsovereign.migrations {
    requires static org.jspecify;
    requires java.sql;
    requires dev.mapsovereign.base;
    requires transitive dev.mapsovereign.database;

    exports dev.mapsovereign.migrations;
}
