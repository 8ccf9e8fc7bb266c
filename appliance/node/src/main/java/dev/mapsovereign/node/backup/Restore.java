package dev.mapsovereign.node.backup;

import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.RestoredLog;
import dev.mapsovereign.base.age.AgeIdentity;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.FolderLock;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.custody.BouncyEd25519;
import dev.mapsovereign.node.NodeConfig;
import dev.mapsovereign.node.NodeCore;
import java.io.IOException;
import java.io.InputStream;
import java.io.OutputStream;
import java.nio.channels.FileChannel;
import java.nio.channels.FileLock;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.StandardOpenOption;
import java.time.Clock;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.Optional;

/**
 * Sets a site up again from a backup (docs/internals/backup.md): verifies everything, writes it
 * beside what is there, renames. Killed anywhere, the next one begins again or goes on. For one
 * thread, on a host whose node does not run.
 */
public final class Restore {
    private final NodeConfig config;
    private final RestoreRequest request;
    private final BackupProgress progress;
    private final Clock clock = Clock.systemUTC();
    private final List<String> warnings = new ArrayList<>();

    /**
     * @param config of the host that is restored to; it says where everything goes
     */
    public Restore(NodeConfig config, RestoreRequest request, BackupProgress progress) {
        this.config = config;
        this.request = request;
        this.progress = progress;
    }

    /**
     * Checks a backup wherever it lies.
     *
     * @param nodeKey fingerprint of the key that must have signed it
     * @param identity decrypts it; without one, what is encrypted is compared as it is stored
     */
    public static BackupCheck verify(
            Path folder,
            Optional<String> nodeKey,
            Optional<Path> identity,
            BackupProgress progress) {
        BackupFolder backup = BackupFolder.open(folder, nodeKey, new BouncyEd25519());
        List<String> strays = backup.verify(progress);
        boolean readable = !backup.description().encrypted() || identity.isPresent();
        if (readable) {
            List<AgeIdentity> identities = AgeIdentity.readNamed(identity);
            try (BackupEntries entries = BackupEntries.of(backup, identities)) {
                for (Optional<FileEntry> entry = entries.next();
                        entry.isPresent();
                        entry = entries.next()) {
                    try (InputStream content = entries.content()) {
                        content.transferTo(OutputStream.nullOutputStream());
                    }
                }
            } catch (IOException e) {
                throw unreadable(folder, e);
            } finally {
                identities.forEach(AgeIdentity::close);
            }
        }
        return BackupCheck.of(backup.description(), strays, readable);
    }

    /**
     * Restores, or says what it would do.
     *
     * @throws OperatorException environment, if the node runs, anything is in the way or the backup
     *     cannot be read; tampering, if it is not what was backed up, and nothing was changed
     */
    public RestoreReport run() {
        try {
            requireOwner();
            Optional<RestoreUnderWay> begun = RestoreUnderWay.read(config.folders().data());
            if (begun.isPresent()) {
                return request.sure() ? goOn(begun.get()) : interrupted(begun.get());
            }
            BackupFolder backup =
                    BackupFolder.open(
                            request.from()
                                    .orElseThrow(() ->
                                            new OperatorException(
                                                    ExitCode.USAGE,
                                                    "--from is missing, and no restore is under"
                                                            + " way")),
                            request.nodeKey(),
                            new BouncyEd25519());
            return restore(backup);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "the restore failed: "
                            + (e.getMessage() == null ? e : e.getMessage())
                            + "; run it again when the cause is gone",
                    e);
        }
    }

    private RestoreReport restore(BackupFolder backup) throws IOException {
        List<String> strays = backup.verify(progress);
        requireReadable(backup);
        for (String stray : strays) {
            warnings.add(stray + " is not of this backup, and is not looked at");
        }
        if (request.nodeKey().isEmpty()) {
            warnings.add(
                    "nobody said which key must have signed it: compare "
                            + backup.description().nodeKey().fingerprint()
                            + " with the fingerprint on paper, or say --node-key");
        }
        Targets targets = new Targets(backup.description(), config, request.databaseOnly());
        requireSense(backup.description(), targets);
        if (!request.replace()) {
            targets.requireEmpty();
        }
        targets.requireSpace();
        if (!request.databaseOnly()) {
            try (FolderLock _ = lock()) {
                return perform(backup, targets);
            }
        }
        if (!Files.isDirectory(config.folders().audit().resolve("journal"))) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "there is no audit log in " + config.folders().audit() + " to catch up from",
                    "restore everything, and begin a new log");
        }
        try (NodeCore core = NodeCore.open(config)) {
            SameLog.require(core.auditLog(), backup.description());
            return perform(backup, targets);
        }
    }

    /** What could not be written later must not look well without --yes. */
    private void requireReadable(BackupFolder backup) throws IOException {
        List<AgeIdentity> identities = AgeIdentity.readNamed(request.identity());
        try {
            BackupEntries.requireReadable(backup, identities);
        } finally {
            identities.forEach(AgeIdentity::close);
        }
    }

    private void requireSense(BackupDescription backup, Targets targets) {
        if (request.databaseOnly() && targets.place(BackupPart.DATABASE).isEmpty()) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    backup.parts().containsKey(BackupPart.DATABASE)
                            ? "this configuration has no embedded database"
                            : "this backup has no database: it was of " + backup.database(),
                    "restore that database with its own tools; the journal stays as it is");
        }
    }

    private RestoreReport perform(BackupFolder backup, Targets targets) throws IOException {
        requireDatabaseFree(targets);
        if (!request.sure()) {
            return report(backup, targets, List.of());
        }
        List<RestoreUnderWay.Place> places;
        try (Staging staging = new Staging(targets, config.file())) {
            staging.begin();
            stage(backup, targets, staging);
            if (!request.databaseOnly()) {
                staging.add(
                        BackupPart.AUDIT,
                        RestoredLog.FILE,
                        RestoredLog.mark(backup.path().getFileName().toString(), now()));
            }
            places = staging.finish();
        }
        RestoreUnderWay restore =
                new RestoreUnderWay(
                        backup.path().getFileName().toString(),
                        backup.description().node(),
                        BackupLayout.time(now()),
                        request.databaseOnly(),
                        places);
        DurableFiles.createDirectories(config.folders().data(), Mode.PRIVATE);
        restore.write(config.folders().data());
        return report(backup, targets, switchOver(restore));
    }

    private void stage(BackupFolder backup, Targets targets, Staging staging) throws IOException {
        List<AgeIdentity> identities = AgeIdentity.readNamed(request.identity());
        long total =
                backup.description().parts().values().stream()
                        .mapToLong(BackupDescription.Content::bytes)
                        .sum();
        long done = 0;
        try (BackupEntries entries = BackupEntries.of(backup, identities)) {
            for (Optional<FileEntry> entry = entries.next();
                    entry.isPresent();
                    entry = entries.next()) {
                done += entry.get().bytes();
                if (targets.place(entry.get().part()).isPresent()) {
                    try (InputStream content = entries.content()) {
                        staging.put(entry.get(), content);
                    }
                    progress.at("writing " + entry.get().part().text(), done, total);
                }
            }
        } finally {
            identities.forEach(AgeIdentity::close);
        }
    }

    private List<Path> switchOver(RestoreUnderWay restore) throws IOException {
        Switch names = new Switch(restore);
        names.run(progress);
        RestoreUnderWay.end(config.folders().data());
        return names.setAside();
    }

    private RestoreReport goOn(RestoreUnderWay restore) throws IOException {
        try (FolderLock _ = lock()) {
            return new RestoreReport(
                    true,
                    true,
                    restore.backup(),
                    restore.node(),
                    Optional.empty(),
                    restore.databaseOnly(),
                    List.of(),
                    switchOver(restore),
                    List.of());
        }
    }

    private static RestoreReport interrupted(RestoreUnderWay restore) {
        return new RestoreReport(
                false,
                true,
                restore.backup(),
                restore.node(),
                Optional.empty(),
                restore.databaseOnly(),
                List.of(),
                List.of(),
                List.of("that restore was interrupted while it renamed; --yes ends it"));
    }

    private RestoreReport report(BackupFolder backup, Targets targets, List<Path> setAside) {
        BackupDescription description = backup.description();
        return new RestoreReport(
                request.sure(),
                false,
                backup.path().getFileName().toString(),
                description.node(),
                Optional.of(description.nodeKey().fingerprint()),
                request.databaseOnly(),
                targets.report(),
                setAside,
                warnings);
    }

    private Instant now() {
        return clock.instant().truncatedTo(ChronoUnit.SECONDS);
    }

    /** No node and no verb works on the log meanwhile. */
    private FolderLock lock() throws IOException {
        Path audit = config.folders().audit();
        DurableFiles.createDirectories(audit, Mode.PRIVATE);
        Optional<FolderLock> lock = FolderLock.tryAcquire(audit);
        if (lock.isEmpty()) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "audit folder "
                            + audit
                            + " is in use by "
                            + FolderLock.holder(audit).orElse("another process"),
                    "stop the node first");
        }
        return lock.get();
    }

    /** H2 locks its file as this does. */
    private static void requireDatabaseFree(Targets targets) throws IOException {
        Optional<Path> file = targets.place(BackupPart.DATABASE).filter(Files::exists);
        if (file.isEmpty()) {
            return;
        }
        try (FileChannel channel = FileChannel.open(file.get(), StandardOpenOption.WRITE);
                FileLock lock = channel.tryLock()) {
            if (lock == null) {
                throw new OperatorException(
                        ExitCode.ENVIRONMENT,
                        "another process has the database " + file.get() + " open",
                        "stop the node first");
            }
        }
    }

    /** Root would make files that the node's user cannot use, where that user makes the names. */
    private void requireOwner() throws IOException {
        Path data = config.folders().data();
        Path own = Path.of("/proc/self");
        if (Files.isDirectory(data) && !Files.getOwner(data).equals(Files.getOwner(own))) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    data + " is " + Files.getOwner(data).getName() + "'s, not this user's",
                    "run it as that user: runuser -u "
                            + Files.getOwner(data).getName()
                            + " -- map restore …");
        }
    }

    private static OperatorException unreadable(Path folder, IOException e) {
        return new OperatorException(
                ExitCode.ENVIRONMENT, "cannot read " + folder + ": " + IoReason.of(e), e);
    }

    /** Whether the log on this host is the one of a backup, and no shorter. */
    private static final class SameLog {
        static void require(AuditLog log, BackupDescription backup) {
            if (log.status().node().isEmpty()) {
                throw new OperatorException(
                        ExitCode.TAMPERING,
                        "the audit log here is not what this node wrote: "
                                + log.status().unavailable().orElse("it cannot be read"));
            }
            if (!log.node().equals(backup.node())) {
                throw new OperatorException(
                        ExitCode.FAILED,
                        "the backup is of " + backup.node() + ", and the log here is " + log.node(),
                        "restore everything, and begin a new log");
            }
            for (BackupDescription.Log each : backup.logs()) {
                long size = log.exists(each.tenant()) ? log.head(each.tenant()).size() : 0;
                if (size < each.size()) {
                    throw new OperatorException(
                            ExitCode.FAILED,
                            "%s has %,d records here, and had %,d when it was backed up"
                                    .formatted(each.origin(), size, each.size()),
                            "the database must not be ahead of its log: restore everything, and"
                                    + " begin a new log");
                }
                if (!Arrays.equals(log.root(each.tenant(), each.size()), each.root())) {
                    throw new OperatorException(
                            ExitCode.TAMPERING,
                            "%s is another one here than in the backup: it differs within the first %,d records"
                                    .formatted(each.origin(), each.size()));
                }
            }
        }
    }
}
