package dev.mapsovereign.auditstore;

import dev.mapsovereign.database.DatabaseConfig;
import java.nio.file.Path;
import org.junit.jupiter.api.io.TempDir;

class H2PruneTest extends PruneContract {
    @TempDir private Path place;

    @Override
    DatabaseConfig freshDatabase() {
        return DatabaseConfig.of("h2:" + place.resolve("map"));
    }
}
