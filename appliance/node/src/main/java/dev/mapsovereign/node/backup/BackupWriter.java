package dev.mapsovereign.node.backup;

import dev.mapsovereign.auditexport.MediumErrors;
import dev.mapsovereign.auditexport.MediumWriter;
import dev.mapsovereign.base.age.AgeRecipient;
import dev.mapsovereign.base.audit.AuditDraft;
import dev.mapsovereign.base.audit.AuditOutcome;
import dev.mapsovereign.base.audit.EventType;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.FolderTree;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.node.NodeCore;
import dev.mapsovereign.node.backup.Sources.ChangedException;
import java.io.IOException;
import java.nio.file.AccessDeniedException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.nio.file.attribute.PosixFilePermissions;
import java.time.Instant;
import java.time.temporal.ChronoUnit;
import java.util.ArrayList;
import java.util.Comparator;
import java.util.List;

/**
 * Makes one backup of a site, beside a node at work or without one (docs/internals/backup.md).
 * Exports, rotations and prunes are held off meanwhile. For one thread.
 */
public final class BackupWriter {
    private final NodeCore core;
    private final BackupRequest request;
    private final BackupProgress progress;
    private final String node;
    private final List<String> warnings = new ArrayList<>();

    /** A backup of that site. */
    public BackupWriter(NodeCore core, BackupRequest request, BackupProgress progress) {
        this.core = core;
        this.request = request;
        this.progress = progress;
        this.node = core.auditLog().node();
    }

    /**
     * Makes it, or says what it would be.
     *
     * @throws OperatorException environment, for a place that is missing, read-only, too small or
     *     within what is copied, or while an export runs; failed, for a medium or disk that fails
     *     while it is written, or a site that does not keep still. What was there before is as it
     *     was
     */
    public BackupReport write() {
        List<BackupReport> made = new ArrayList<>();
        core.exporter().withoutExports(() -> made.add(guarded()));
        return made.getFirst();
    }

    private BackupReport guarded() {
        try {
            requirePlace();
            // Its checkpoint and its signature would bear a false time.
            core.requireClock();
            SiteFiles site = SiteFiles.look(core.config(), request.keys());
            notices(site);
            Instant time = core.clock().instant().truncatedTo(ChronoUnit.SECONDS);
            Path folder = request.to().resolve(BackupLayout.folder(node, time));
            if (request.dryRun()) {
                requireSpace(site);
                return report(folder, time, site.files(), site.bytes(), site.bytes(), "");
            }
            if (Files.exists(folder)) {
                throw new OperatorException(
                        ExitCode.FAILED, folder + " is there already", "try again in a second");
            }
            removeUnfinished();
            requireSpace(site);
            recordUseOfKeys();
            return attempts(folder, time);
        } catch (AccessDeniedException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "this user may not use " + e.getMessage(), e);
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "the backup to "
                            + request.to()
                            + " failed: "
                            + MediumErrors.words(e, request.to())
                            + "; the backups that were there are as they were",
                    e);
        }
    }

    private BackupReport attempts(Path folder, Instant time) throws IOException {
        for (int attempt = 1; ; attempt++) {
            Path unfinished = Path.of(folder + BackupLayout.UNFINISHED);
            try {
                BackupReport report = once(folder, unfinished, time);
                removeOld();
                return report;
            } catch (ChangedException e) {
                FolderTree.delete(unfinished);
                if (attempt == Limits.ATTEMPTS_MAX) {
                    throw new OperatorException(
                            ExitCode.FAILED,
                            "the site does not keep still: " + e.getMessage(),
                            "try again when nobody imports, issues or installs anything");
                }
                progress.say(e.getMessage() + ": it begins again");
            }
        }
    }

    private BackupReport once(Path folder, Path unfinished, Instant time) throws IOException {
        Files.createDirectory(unfinished);
        boolean closed = shut(unfinished);
        if (!closed && request.keys() && request.encryptTo().isEmpty()) {
            warnings.add(
                    request.to()
                            + " keeps no modes: whoever has it can read the private keys in this"
                            + " backup");
        }
        try (MediumWriter files = new MediumWriter(unfinished);
                BackupRun run = new BackupRun(core, request, files, time, progress)) {
            run.copy();
            String digest = run.finish();
            run.readBack();
            files.requireSameMedium();
            if (!files.pastCache()) {
                warnings.add(
                        request.to()
                                + " cannot be read past the page cache: what was read back may have"
                                + " come from memory");
            }
            Files.move(unfinished, folder);
            DurableFiles.syncDirectory(request.to());
            return report(
                    folder, time, run.filesCopied(), run.bytesCopied(), run.bytesStored(), digest);
        }
    }

    /** For this user alone, where the file system knows such a thing. */
    private static boolean shut(Path folder) {
        try {
            Files.setPosixFilePermissions(folder, Mode.PRIVATE.folder());
            return PosixFilePermissions.toString(Files.getPosixFilePermissions(folder))
                    .equals("rwx------");
        } catch (IOException | UnsupportedOperationException e) {
            return false;
        }
    }

    private BackupReport report(
            Path folder, Instant time, long files, long bytes, long stored, String digest) {
        return new BackupReport(
                folder,
                node,
                core.auditLog().nodeKey().fingerprint(),
                time,
                files,
                bytes,
                stored,
                request.keys(),
                request.encryptTo().stream().map(AgeRecipient::toString).toList(),
                BackupRun.database(core),
                digest,
                warnings,
                request.dryRun());
    }

    private void notices(SiteFiles site) {
        if (!request.keys()) {
            warnings.add(
                    "private keys are not in it: a node restored from it alone cannot sign as this"
                            + " one, nor its authority issue; say --encrypt-to RECIPIENT or"
                            + " --with-keys to take them along");
        }
        if (core.config().database().embeddedFile().isEmpty()) {
            warnings.add(
                    "the "
                            + core.database()
                            + " is not in it: back it up with its own tools, after this, such as"
                            + " pg_dump --format=custom");
        }
        warnings.addAll(site.warnings());
    }

    private void requirePlace() throws IOException {
        if (!Files.isDirectory(request.to())) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "there is no folder " + request.to(),
                    "mount the medium, or make the folder for the node's user");
        }
        Path to = request.to().toRealPath();
        for (BackupPart part : BackupPart.values()) {
            Path place = part.place(core.config()).map(Path::toAbsolutePath).orElse(to);
            if (!part.isOneFile()
                    && Files.isDirectory(place)
                    && to.startsWith(place.toRealPath())) {
                throw new OperatorException(
                        ExitCode.USAGE,
                        request.to() + " lies within what is copied",
                        "a medium, or a folder of its own");
            }
        }
        if (!Files.isWritable(to)) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "cannot write to " + request.to(),
                    "a running node writes it itself, and its unit must permit that:"
                            + " ReadWritePaths= of map-sovereign.service");
        }
    }

    private void requireSpace(SiteFiles site) throws IOException {
        long needed = site.bytesNeeded();
        long free = Files.getFileStore(request.to()).getUsableSpace();
        if (needed > free) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "no room in %s: %,d bytes are free, and the backup takes up to %,d"
                            .formatted(request.to(), free, needed),
                    "remove old ones, or take a larger medium");
        }
    }

    private void recordUseOfKeys() {
        if (!request.keys()) {
            return;
        }
        core.auditLog()
                .append(
                        AuditDraft.builder(TenantId.NODE, EventType.KEY_USED, AuditOutcome.SUCCESS)
                                .operation("backup")
                                .meta(
                                        JsonObject.builder()
                                                .put("role", "all")
                                                .put(
                                                        "encrypted_to",
                                                        JsonArray.ofStrings(
                                                                request.encryptTo().stream()
                                                                        .map(AgeRecipient::toString)
                                                                        .toList()))
                                                .build())
                                .build());
    }

    /** What killed backups of this node left there. */
    private void removeUnfinished() throws IOException {
        for (Path each : ofThisNode("*" + BackupLayout.UNFINISHED)) {
            FolderTree.delete(each);
        }
    }

    /** The oldest, beyond those that are to be kept; the name goes first. */
    private void removeOld() throws IOException {
        if (request.keep().isEmpty()) {
            return;
        }
        List<Path> all = new ArrayList<>(ofThisNode("*Z"));
        all.sort(Comparator.comparing(BackupWriter::timeOf).reversed());
        for (Path old : all.subList(Math.min(request.keep().getAsInt(), all.size()), all.size())) {
            Path going = Path.of(old + BackupLayout.UNFINISHED);
            Files.move(old, going);
            FolderTree.delete(going);
        }
        DurableFiles.syncDirectory(request.to());
    }

    private static String timeOf(Path backup) {
        String name = backup.getFileName().toString();
        return name.substring(name.lastIndexOf('-') + 1);
    }

    /** Whatever eight digits its journal had: after a new log it is still the same node. */
    private List<Path> ofThisNode(String ending) throws IOException {
        List<Path> found = new ArrayList<>();
        String name = BackupLayout.PREFIX + core.config().name() + ".????????-";
        try (DirectoryStream<Path> entries =
                Files.newDirectoryStream(request.to(), name + ending)) {
            entries.forEach(found::add);
        }
        return found;
    }
}
