package dev.mapsovereign.protocols.testing;

import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.migrations.Migrator;
import dev.mapsovereign.testing.TestPostgres;
import java.nio.file.Path;

/** Real databases with the real schema. */
public final class Databases {
    private Databases() {}

    /** An embedded one in a folder; opens it again where it is there already. */
    public static Database h2(Path folder) {
        return migrated(Database.open(DatabaseConfig.of("h2:" + folder.resolve("map"))));
    }

    /** A fresh one on the shared server. */
    public static Database postgres() {
        return migrated(
                Database.open(DatabaseConfig.of(TestPostgres.shared().freshDatabase().url())));
    }

    private static Database migrated(Database database) {
        new Migrator(database).apply((migration, number, total) -> {});
        return database;
    }
}
