package dev.mapsovereign.migrations;

import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.error.Invariant;
import dev.mapsovereign.database.Dialect;
import java.io.IOException;
import java.io.InputStream;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;

/** The files of this release in their order, as they lie in this module's folder. */
final class MigrationCatalog {
    /** A jar cannot be listed reliably; a test compares these names with the folder. */
    static final List<String> NAMES =
            List.of(
                    "0001_init",
                    "0002_audit_chain",
                    "0003_api_key",
                    "0004_capability_grant",
                    "0005_idempotency",
                    "0006_message",
                    "0007_export_ledger",
                    "0008_roles",
                    "0009_audit_chain_check",
                    "0010_audit_chain_correlation",
                    "0011_capability_terms",
                    "0012_agreements",
                    "0013_policy");

    /** Those that read differently for H2. */
    static final List<String> H2_TWINS =
            List.of(
                    "0002_audit_chain",
                    "0008_roles",
                    "0009_audit_chain_check",
                    "0010_audit_chain_correlation",
                    "0012_agreements",
                    "0013_policy");

    private static final int NUMBER_LENGTH = 4;

    private MigrationCatalog() {}

    static List<Migration> of(Dialect dialect) {
        List<Migration> migrations = new ArrayList<>();
        for (String name : NAMES) {
            boolean twin = dialect == Dialect.H2 && H2_TWINS.contains(name);
            byte[] content = read((twin ? "sql/h2/" : "sql/") + name + ".sql");
            int version = Integer.parseInt(name.substring(0, NUMBER_LENGTH));
            Invariant.check(version == migrations.size() + 1, "no gap before " + name);
            migrations.add(
                    new Migration(
                            version,
                            name.substring(NUMBER_LENGTH + 1),
                            Hex.encode(Sha256.hash(content)),
                            new String(content, StandardCharsets.UTF_8)));
        }
        return migrations;
    }

    private static byte[] read(String resource) {
        try (InputStream content = MigrationCatalog.class.getResourceAsStream(resource)) {
            if (content == null) {
                throw new IllegalStateException("this release lacks its own " + resource);
            }
            return content.readAllBytes();
        } catch (IOException e) {
            throw new UncheckedIOException(e);
        }
    }
}
