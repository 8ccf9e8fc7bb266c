package dev.mapsovereign.auditstore;

import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.testing.TestDatabase;
import dev.mapsovereign.testing.TestPostgres;

class PostgresPruneTest extends PruneContract {
    private final TestDatabase place = TestPostgres.shared().freshDatabase();

    @Override
    DatabaseConfig freshDatabase() {
        return DatabaseConfig.of(place.url());
    }
}
