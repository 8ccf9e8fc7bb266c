package dev.mapsovereign.verifier;

import dev.mapsovereign.base.age.AgeIdentity;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import java.io.BufferedOutputStream;
import java.io.IOException;
import java.io.OutputStream;
import java.io.PrintStream;
import java.nio.channels.Channels;
import java.nio.channels.FileChannel;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardCopyOption;
import java.nio.file.StandardOpenOption;
import java.util.List;
import java.util.Optional;
import java.util.Set;

/**
 * {@code map-verify restore}: what a database needs to become queryable again, from media or a
 * mirror alone. Only what was verified is written, and the file gets its name only if all was.
 */
final class RestoreCommand {
    /** What {@code --help} prints. */
    static final String HELP =
            """
            map-verify restore: give the records of verified media, or of a mirror, to a database

            usage: map-verify restore PATH... --trust FILE --to jsonl|sql --out FILE
                              [--tenant TENANT] [--identity FILE]

              PATH             as for 'map-verify bundle'; a station's mirror is DIR/mirror
              --trust FILE     C2SP tlog-policy with the key of the node's own log, <node>/_node
              --to jsonl       one object a line: node, record, record_hash
              --to sql         a script for psql that fills the table audit_chain of PostgreSQL
              --out FILE       must not exist; is there only if everything was verified
              --tenant TENANT  this tenant's records alone
              --identity FILE  age identities that decrypt entries

            exit status: as of 'map-verify bundle'.

            example:
              map-verify restore /srv/station/mirror --trust alpha.policy --to sql --out rows.sql
            """;

    private final Arguments arguments;
    private final Optional<PrintStream> terminal;
    private final Report report = new Report();

    private RestoreCommand(Arguments arguments, Optional<PrintStream> terminal) {
        this.arguments = arguments;
        this.terminal = terminal;
    }

    /** Reads the command line. */
    static RestoreCommand parse(List<String> arguments, Optional<PrintStream> terminal) {
        return new RestoreCommand(
                Arguments.parse(
                        "restore",
                        arguments,
                        Set.of("--trust", "--to", "--out", "--tenant", "--identity"),
                        Set.of()),
                terminal);
    }

    /**
     * Verifies and writes.
     *
     * @throws OperatorException for a trust file or an output that cannot be used
     */
    Report run() {
        List<Path> paths = arguments.paths();
        Path out = Path.of(arguments.required("--out", "FILE"));
        RecordWriter.Form form = form();
        Optional<TenantId> tenant = arguments.value("--tenant").map(this::tenant);
        Trust trust = Trust.read(Path.of(arguments.required("--trust", "FILE")));
        List<AgeIdentity> identities = AgeIdentity.readNamed(arguments.path("--identity", false));
        if (Files.exists(out)) {
            throw new OperatorException(ExitCode.ENVIRONMENT, out + " exists already");
        }
        Path part = out.resolveSibling(out.getFileName() + ".part");
        try (FileChannel channel =
                        FileChannel.open(
                                part,
                                StandardOpenOption.CREATE,
                                StandardOpenOption.TRUNCATE_EXISTING,
                                StandardOpenOption.WRITE);
                OutputStream to = new BufferedOutputStream(Channels.newOutputStream(channel))) {
            RecordWriter writer = new RecordWriter(form, tenant, to);
            BundleSet set = new BundleSet(trust, VerifierState.EMPTY, report);
            set.read(paths);
            set.verify(terminal, identities, writer);
            requireRead(paths.getFirst());
            writer.end();
            to.flush();
            channel.force(true);
            Files.move(part, out, StandardCopyOption.ATOMIC_MOVE);
            report.checked(writer.records() + " records written to " + out);
        } catch (VerificationException e) {
            report.end(e.finding());
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "cannot write " + out + ": " + IoReason.of(e), e);
        }
        if (report.finding().isPresent()) {
            discard(part);
        }
        return report;
    }

    private void requireRead(Path medium) throws VerificationException {
        if (!report.unread().isEmpty()) {
            throw VerificationException.environment(
                    medium, "entries are encrypted: " + String.join("; ", report.unread()));
        }
    }

    private static void discard(Path part) {
        try {
            Files.deleteIfExists(part);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "cannot remove " + part + ": " + IoReason.of(e), e);
        }
    }

    private RecordWriter.Form form() {
        return switch (arguments.required("--to", "jsonl|sql")) {
            case "jsonl" -> RecordWriter.Form.JSONL;
            case "sql" -> RecordWriter.Form.SQL;
            default -> throw arguments.usage("--to is jsonl or sql");
        };
    }

    private TenantId tenant(String name) {
        try {
            return TenantId.of(name);
        } catch (IllegalArgumentException e) {
            throw arguments.usage("--tenant: " + e.getMessage());
        }
    }
}
