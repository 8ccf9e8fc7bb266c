package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.checkpoint.NoteStore;
import dev.mapsovereign.auditlog.checkpoint.RotationPlan;
import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.auditlog.journal.SegmentFolder;
import dev.mapsovereign.auditlog.journal.SegmentHeader;
import dev.mapsovereign.auditlog.record.RecordTime;
import dev.mapsovereign.auditlog.tree.PruneBook;
import dev.mapsovereign.auditlog.tree.StateFile;
import dev.mapsovereign.auditlog.tree.TileFiles;
import dev.mapsovereign.base.crypto.Hex;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.crypto.Sha256;
import dev.mapsovereign.base.durable.AppendFile;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.nio.ByteBuffer;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.SecureRandom;
import java.util.List;
import java.util.Optional;

/** The files of a log before it runs. */
final class Opening {
    final AuditLogConfig config;
    final Path journal;
    final SegmentFolder segments;
    final Path state;
    final Path base;
    final StateFile stateFile;
    final PruneBook pruned;
    final NoteStore notes;
    final KeptNotes kept;
    final TileFiles tiles;
    final boolean created;
    final SigningKeys keys;
    final Conflicts conflicts;
    final Optional<Succession> succession;

    Opening(AuditLogConfig config, List<Secret> seeds) throws IOException, JournalDamageException {
        this.config = config;
        Path folder = config.folder();
        this.succession = Succession.read(folder);
        if (succession.isPresent() && !succession.get().moved()) {
            throw new OperatorException(
                    ExitCode.FAILED,
                    "a new log was begun in " + folder + ", and the old one is not laid aside",
                    "run map audit new-log again: it goes on where it was");
        }
        RestoredLog.requireNone(folder);
        this.journal = folder.resolve("journal");
        Path checkpoints = folder.resolve("checkpoints");
        Path logs = folder.resolve("logs");
        this.state = folder.resolve("state");
        this.base = journal.resolve("base");
        for (Path each : List.of(journal, checkpoints, logs)) {
            DurableFiles.createDirectories(each, Mode.PRIVATE);
            DurableFiles.deleteLeftovers(each);
        }
        DurableFiles.deleteLeftovers(folder);
        this.conflicts = new Conflicts(folder);
        conflicts.requireNone();
        this.segments = SegmentFolder.open(journal, firstNeeded());
        this.notes = NoteStore.open(checkpoints, Limits.NOTES_BYTES_MAX);
        this.stateFile = new StateFile(state);
        this.kept = new KeptNotes(logs);
        this.pruned = PruneBook.open(folder);
        this.tiles = new TileFiles(logs, segments, pruned);
        this.created = segments.isEmpty();
        Path logKeys = folder.resolve("log-keys");
        List<RotationPlan> plans = RotationPlan.readAll(logKeys);
        if (created) {
            if (Files.exists(state)
                    || !notes.newest().isEmpty()
                    || !kept.tenants().isEmpty()
                    || !plans.isEmpty()
                    || !pruned.entries().isEmpty()) {
                throw new JournalDamageException(
                        journal + " has no segments, though a log was kept in " + folder);
            }
            createJournal();
        }
        this.keys = SigningKeys.of(config, node(), logKeys, kept, plans, seeds);
    }

    String node() {
        return segments.last().node();
    }

    /** The segment from which a start without a state has to read. */
    private long firstNeeded() throws IOException, JournalDamageException {
        if (!Files.exists(base)) {
            return 1;
        }
        return StateFile.end(base)
                .orElseThrow(() ->
                        new JournalDamageException(
                                base + ", from which the pruned journal goes on, is broken"))
                .segment();
    }

    private void createJournal() throws IOException {
        SecureRandom random = new SecureRandom();
        byte[] id = new byte[SegmentHeader.ID_BYTES];
        random.nextBytes(id);
        byte[] digits = new byte[Running.NODE_DIGITS_BYTES];
        random.nextBytes(digits);
        SegmentHeader header =
                new SegmentHeader(
                        1,
                        id,
                        config.segmentBytes(),
                        0,
                        0,
                        new byte[Sha256.BYTES],
                        RecordTime.micros(config.clock().instant()),
                        config.nodeName() + "." + Hex.encode(digits));
        Path standby = journal.resolve(SegmentFolder.STANDBY);
        Files.deleteIfExists(standby);
        try (AppendFile file = AppendFile.create(standby, Mode.PRIVATE)) {
            file.preallocate(header.length());
            file.resumeAt(0);
            file.append(ByteBuffer.wrap(header.encode()));
            file.sync();
        }
        DurableFiles.move(standby, segments.pathOfNew(1));
        segments.add(header, segments.pathOfNew(1));
    }
}
