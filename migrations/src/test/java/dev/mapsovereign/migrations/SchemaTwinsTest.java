package dev.mapsovereign.migrations;

import static org.assertj.core.api.Assertions.assertThat;

import dev.mapsovereign.database.Database;
import dev.mapsovereign.database.DatabaseConfig;
import dev.mapsovereign.testing.TestPostgres;
import java.nio.file.Path;
import java.sql.Connection;
import java.sql.DatabaseMetaData;
import java.sql.ResultSet;
import java.sql.SQLException;
import java.sql.Statement;
import java.util.ArrayList;
import java.util.Collection;
import java.util.List;
import java.util.Locale;
import java.util.Map;
import java.util.Set;
import java.util.TreeMap;
import java.util.TreeSet;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Whoever reads one schema knows the other: same tables, columns, keys, indexes and checks. */
class SchemaTwinsTest {
    @TempDir private Path folder;

    @Test
    void schemas_ofH2AndPostgresql_areTheSame() {
        Map<String, List<String>> h2 = schema("h2:" + folder.resolve("map"));
        Map<String, List<String>> postgres = schema(TestPostgres.shared().freshDatabase().url());
        assertThat(h2.keySet())
                .containsExactlyInAnyOrder(
                        "schema_history",
                        "tenant",
                        "audit_chain",
                        "audit_projection",
                        "api_key",
                        "capability_grant",
                        "idempotency_result",
                        "mailbox",
                        "mailbox_binding",
                        "message",
                        "audit_export",
                        "audit_export_range",
                        "audit_receipt",
                        "agreement",
                        "policy");
        assertThat(h2.get("audit_chain"))
                .contains(
                        "column idx bigint not null",
                        "column record bytes not null",
                        "column caller_did text",
                        "primary key (node, tenant_id, idx, recorded_at)",
                        "index (correlation_id)",
                        "check audit_chain_record");
        assertThat(h2).isEqualTo(postgres);
    }

    private static Map<String, List<String>> schema(String url) {
        try (Database database = Database.open(DatabaseConfig.of(url))) {
            new Migrator(database).apply((migration, number, total) -> {});
            return database.read(SchemaTwinsTest::schema);
        }
    }

    private static Map<String, List<String>> schema(Connection connection) throws SQLException {
        DatabaseMetaData data = connection.getMetaData();
        Map<String, List<String>> tables = new TreeMap<>();
        for (String table : tables(connection)) {
            List<String> facts = new ArrayList<>();
            facts.addAll(columns(data, table));
            facts.addAll(indexes(data, table));
            facts.addAll(foreignKeys(data, table));
            facts.addAll(constraints(connection, table));
            tables.put(table, facts);
        }
        return tables;
    }

    private static List<String> tables(Connection connection) throws SQLException {
        return texts(
                connection,
                "SELECT table_name FROM information_schema.tables"
                        + " WHERE table_schema = current_schema"
                        // partitions are PostgreSQL's way of keeping one table
                        + " AND table_name NOT LIKE 'audit#_chain#_%' ESCAPE '#'");
    }

    private static List<String> columns(DatabaseMetaData data, String table) throws SQLException {
        List<String> columns = new ArrayList<>();
        try (ResultSet row = data.getColumns(null, "public", table, "%")) {
            while (row.next()) {
                columns.add(
                        "column "
                                + row.getString("COLUMN_NAME")
                                + " "
                                + type(row.getString("TYPE_NAME"))
                                + (row.getInt("NULLABLE") == DatabaseMetaData.columnNoNulls
                                        ? " not null"
                                        : "")
                                + (row.getString("COLUMN_DEF") == null
                                        ? ""
                                        : " default "
                                                + row.getString("COLUMN_DEF")
                                                        .toLowerCase(Locale.ROOT)));
            }
        }
        return columns;
    }

    private static String type(String name) {
        return switch (name.toLowerCase(Locale.ROOT)) {
            case "text", "character varying" -> "text";
            case "bytea", "binary varying" -> "bytes";
            case "int8", "bigint" -> "bigint";
            case "int4", "integer" -> "integer";
            case "timestamptz", "timestamp with time zone" -> "moment";
            default -> throw new AssertionError("a type nobody compared yet: " + name);
        };
    }

    /** Unique and other indexes by their columns; names differ where a product makes them. */
    private static Set<String> indexes(DatabaseMetaData data, String table) throws SQLException {
        Map<String, List<String>> columns = new TreeMap<>();
        Map<String, String> kinds = new TreeMap<>();
        try (ResultSet row = data.getIndexInfo(null, "public", table, false, false)) {
            while (row.next()) {
                String name = row.getString("INDEX_NAME");
                if (name != null) {
                    columns.computeIfAbsent(name, n -> new ArrayList<>())
                            .add(row.getString("COLUMN_NAME"));
                    kinds.put(name, row.getBoolean("NON_UNIQUE") ? "index" : "unique");
                }
            }
        }
        List<String> key = new ArrayList<>();
        try (ResultSet row = data.getPrimaryKeys(null, "public", table)) {
            Map<Integer, String> ordered = new TreeMap<>();
            while (row.next()) {
                ordered.put(row.getInt("KEY_SEQ"), row.getString("COLUMN_NAME"));
            }
            key.addAll(ordered.values());
        }
        Collection<List<String>> foreignKeyColumns = foreignKeyColumns(data, table);
        Set<String> facts = new TreeSet<>();
        facts.add("primary key (" + String.join(", ", key) + ")");
        columns.forEach((name, of) -> {
            // H2 makes an index of its own for each foreign key
            if (!of.equals(key) && !foreignKeyColumns.contains(of)) {
                facts.add(kinds.get(name) + " (" + String.join(", ", of) + ")");
            }
        });
        return facts;
    }

    private static Collection<List<String>> foreignKeyColumns(DatabaseMetaData data, String table)
            throws SQLException {
        Map<String, List<String>> columns = new TreeMap<>();
        try (ResultSet row = data.getImportedKeys(null, "public", table)) {
            while (row.next()) {
                columns.computeIfAbsent(row.getString("FK_NAME"), name -> new ArrayList<>())
                        .add(row.getString("FKCOLUMN_NAME"));
            }
        }
        return columns.values();
    }

    private static Set<String> foreignKeys(DatabaseMetaData data, String table)
            throws SQLException {
        TreeSet<String> keys = new TreeSet<>();
        try (ResultSet row = data.getImportedKeys(null, "public", table)) {
            while (row.next()) {
                keys.add(
                        "foreign key "
                                + row.getString("FK_NAME")
                                + " "
                                + row.getInt("KEY_SEQ")
                                + " "
                                + row.getString("FKCOLUMN_NAME")
                                + " to "
                                + row.getString("PKTABLE_NAME")
                                + "."
                                + row.getString("PKCOLUMN_NAME")
                                + " on delete "
                                + row.getInt("DELETE_RULE"));
            }
        }
        return keys;
    }

    private static Set<String> constraints(Connection connection, String table)
            throws SQLException {
        return new TreeSet<>(
                texts(
                        connection,
                        "SELECT lower(constraint_type) || ' ' || constraint_name"
                                + " FROM information_schema.table_constraints"
                                + " WHERE table_schema = current_schema AND table_name = '"
                                + table
                                // PostgreSQL lists NOT NULL columns as checks, which columns tell
                                + "' AND constraint_name NOT LIKE '%not_null'"));
    }

    private static List<String> texts(Connection connection, String sql) throws SQLException {
        List<String> texts = new ArrayList<>();
        try (Statement statement = connection.createStatement();
                ResultSet rows = statement.executeQuery(sql)) {
            while (rows.next()) {
                texts.add(rows.getString(1));
            }
        }
        return texts;
    }
}
