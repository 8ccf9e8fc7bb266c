package dev.mapsovereign.node.backup;

import dev.mapsovereign.auditexport.MediumWriter;
import dev.mapsovereign.auditexport.Pace;
import dev.mapsovereign.auditlog.AuditLog;
import dev.mapsovereign.auditlog.Position;
import dev.mapsovereign.base.age.AgeRecipient;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.SignedNote;
import dev.mapsovereign.migrations.Migrator;
import dev.mapsovereign.migrations.SchemaStatus;
import dev.mapsovereign.node.NodeCore;
import dev.mapsovereign.node.backup.Sources.ChangedException;
import dev.mapsovereign.node.backup.Sources.Source;
import java.io.BufferedReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Instant;
import java.util.ArrayList;
import java.util.List;
import java.util.Locale;
import java.util.Optional;

/**
 * One attempt at a backup, in the order in which it is consistent beside a node at work: small
 * folders, the database, what changes in the audit folder, what never changes there, the durable
 * mark, the journal up to it.
 */
final class BackupRun implements AutoCloseable {
    private static final int DIGEST_LENGTH = 2 * Sha256.BYTES;

    private final NodeCore core;
    private final AuditLog log;
    private final BackupRequest request;
    private final MediumWriter files;
    private final Instant time;
    private final BackupProgress progress;
    private final StoredFiles stored;
    private final Copying copying;
    private final Pace pace;
    private final long bytesTotal;
    private final List<BackupDescription.Log> logs = new ArrayList<>();
    private long bytesDone;

    BackupRun(
            NodeCore core,
            BackupRequest request,
            MediumWriter files,
            Instant time,
            BackupProgress progress)
            throws IOException {
        this.core = core;
        this.log = core.auditLog();
        this.request = request;
        this.files = files;
        this.time = time;
        this.progress = progress;
        this.stored = new StoredFiles(files, request.encryptTo());
        this.copying = new Copying(stored, this::copied);
        this.pace = new Pace(log, files::waitedNanos);
        this.bytesTotal = SiteFiles.look(core.config(), request.keys()).bytes();
    }

    long filesCopied() {
        return copying.contents().values().stream()
                .mapToLong(BackupDescription.Content::files)
                .sum();
    }

    long bytesCopied() {
        return copying.contents().values().stream()
                .mapToLong(BackupDescription.Content::bytes)
                .sum();
    }

    long bytesStored() {
        return stored.bytes();
    }

    /** The database's product, as the description names it. */
    static String database(NodeCore core) {
        return core.database().dialect().name().toLowerCase(Locale.ROOT);
    }

    private void copied(BackupPart part, long bytes) {
        bytesDone += bytes;
        progress.at("copying " + part.text(), bytesDone, bytesTotal);
        pace.giveWay();
    }

    void copy() throws IOException {
        for (BackupPart part : BackupPart.values()) {
            Optional<Path> place = part.place(core.config());
            boolean apart = part == BackupPart.DATABASE || part == BackupPart.AUDIT;
            if (!apart
                    && place.isPresent()
                    && !SiteFiles.liesInAnother(part, place.get(), core.config())) {
                copyStill(part, place.get());
            }
        }
        copyDatabase();
        copyAudit(core.config().folders().audit());
    }

    /** What may change seldom: nothing has, or the backup begins again. */
    private void copyStill(BackupPart part, Path place) throws IOException {
        List<Source> before = SiteFiles.of(part, place, request.keys());
        for (Source source : before) {
            copying.copy(part, source);
        }
        if (!before.equals(SiteFiles.of(part, place, request.keys()))) {
            throw new ChangedException(place);
        }
    }

    private void copyDatabase() throws IOException {
        Optional<Path> file = core.config().database().embeddedFile();
        if (file.isPresent()) {
            for (Source source : Sources.single(file.get())) {
                copying.zipped(BackupPart.DATABASE, source, core.database()::copyTo);
            }
        }
    }

    private void copyAudit(Path folder) throws IOException {
        for (TenantId tenant : log.tenants()) {
            if (log.head(tenant).size() > 0) {
                Checkpoint checkpoint = Checkpoint.parse(log.publishCheckpoint(tenant).text());
                logs.add(
                        new BackupDescription.Log(
                                tenant, checkpoint.origin(), checkpoint.size(), checkpoint.root()));
            }
        }
        for (Source source : small(folder)) {
            copying.copy(BackupPart.AUDIT, source);
        }
        List<Source> unchanging =
                Sources.below(folder, path -> !isSegmentFolder(path) && isUnchanging(path, false));
        Position mark = log.status().durable();
        for (Source source : unchanging) {
            try {
                copying.copy(BackupPart.AUDIT, source);
            } catch (ChangedException e) {
                // A day of payloads that is over goes at any time; nothing else may.
                if (!source.path().startsWith("payloads/")) {
                    throw e;
                }
            }
        }
        copyJournal(folder, mark);
    }

    private List<Source> small(Path folder) throws IOException {
        return Sources.below(folder, path -> !isSegmentFolder(path) && !isUnchanging(path, true))
                .stream()
                .filter(source -> request.keys() || !BackupPart.AUDIT.isSecret(source.path()))
                .toList();
    }

    private static boolean isSegmentFolder(String path) {
        return path.equals("journal") || path.startsWith("journal/");
    }

    /**
     * Whether a path is of tiles or payloads, whose files are written once; or, if wanted, leads
     * there.
     */
    private static boolean isUnchanging(String path, boolean only) {
        String[] names = path.split("/", 4);
        if (names[0].equals("payloads")) {
            return true;
        }
        if (!names[0].equals("logs")) {
            return false;
        }
        return names.length < 3 ? !only : names[2].equals("tile");
    }

    /** Segments up to the durable mark, and what a pruned journal goes on from. */
    private void copyJournal(Path folder, Position mark) throws IOException {
        for (Source source : Sources.below(folder, BackupRun::isSegmentFolder)) {
            String name = source.path().substring(source.path().indexOf('/') + 1);
            if (name.endsWith(".segment")) {
                long number = Long.parseLong(name.substring(0, name.indexOf('.')));
                if (number < mark.segment()) {
                    copying.copy(BackupPart.AUDIT, source);
                } else if (number == mark.segment()) {
                    copying.copy(BackupPart.AUDIT, source, mark.offset(), source.size());
                }
            } else if (!name.startsWith("standby")) {
                copying.copy(BackupPart.AUDIT, source);
            }
        }
    }

    /** Describes and signs it; the manifest's digest in hex. */
    String finish() throws IOException {
        copying.finish();
        BackupDescription description =
                new BackupDescription(
                        core.build().version(),
                        log.node(),
                        log.nodeKey(),
                        time,
                        request.keys(),
                        request.encryptTo().stream().map(AgeRecipient::toString).toList(),
                        database(core),
                        new Migrator(core.database())
                                .status()
                                .in(SchemaStatus.State.APPLIED)
                                .size(),
                        copying.contents(),
                        logs);
        stored.putPlain(BackupLayout.DESCRIPTION, description.bytes());
        String digest = stored.finish();
        SignedNote signature = log.signNote(BackupLayout.NOTE_KIND, description.noteLines(digest));
        files.put(BackupLayout.SIGNATURE, signature.bytes());
        files.flush();
        files.verify(BackupLayout.MANIFEST, Hex.decode(digest));
        files.verify(BackupLayout.SIGNATURE, Sha256.hash(signature.bytes()));
        return digest;
    }

    /** Reads everything back from the device and compares. */
    void readBack() throws IOException {
        long done = 0;
        Path manifest = request.to().resolve(name()).resolve(BackupLayout.MANIFEST);
        try (BufferedReader lines = Files.newBufferedReader(manifest)) {
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                done +=
                        files.verify(
                                line.substring(DIGEST_LENGTH + 2),
                                Hex.decode(line.substring(0, DIGEST_LENGTH)));
                progress.at("reading back", done, stored.bytes());
                pace.giveWay();
            }
        }
    }

    private String name() {
        return BackupLayout.folder(log.node(), time) + BackupLayout.UNFINISHED;
    }

    @Override
    public void close() throws IOException {
        stored.close();
    }
}
