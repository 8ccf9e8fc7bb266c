package dev.mapsovereign.migrations;

import dev.mapsovereign.database.DatabaseConfig;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class H2MigratorTest extends MigratorContract {
    @TempDir private Path folder;

    @Override
    DatabaseConfig freshDatabase() {
        return DatabaseConfig.of("h2:" + folder.resolve("map"));
    }

    @Override
    int runnersAtOnce() {
        return 1;
    }
}
