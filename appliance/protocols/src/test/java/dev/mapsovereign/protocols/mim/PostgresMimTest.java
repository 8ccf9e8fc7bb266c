package dev.mapsovereign.protocols.mim;

import dev.mapsovereign.database.Database;
import dev.mapsovereign.protocols.testing.Databases;

final class PostgresMimTest extends MimContract {
    @Override
    Database open() {
        return Databases.postgres();
    }
}
