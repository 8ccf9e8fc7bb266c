package dev.mapsovereign.protocols.max;

import dev.mapsovereign.database.Database;
import dev.mapsovereign.protocols.testing.Databases;
import java.nio.file.Path;

final class PostgresMaxTest extends MaxContract {
    @Override
    Database database(Path place) {
        return Databases.postgres();
    }
}
