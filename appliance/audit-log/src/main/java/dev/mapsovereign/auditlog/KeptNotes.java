package dev.mapsovereign.auditlog;

import dev.mapsovereign.auditlog.journal.JournalDamageException;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.Checkpoint;
import dev.mapsovereign.base.note.NoteException;
import dev.mapsovereign.base.note.SignedNote;
import java.io.IOException;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;

/**
 * Checkpoints that are kept for ever and must recompute at every start: those that left the house
 * in an export or came back with a receipt, and those by which a key was changed. {@code
 * logs/<tenant>/kept/<size>}.
 */
final class KeptNotes {
    private static final String FOLDER = "kept";

    private final Path logs;

    KeptNotes(Path logs) {
        this.logs = logs;
    }

    /** The tenants that have a folder here. */
    List<TenantId> tenants() throws IOException, JournalDamageException {
        List<TenantId> tenants = new ArrayList<>();
        try (DirectoryStream<Path> folders = Files.newDirectoryStream(logs)) {
            for (Path folder : folders) {
                if (Files.isDirectory(folder)) {
                    tenants.add(TenantId.of(String.valueOf(folder.getFileName())));
                }
            }
        } catch (IllegalArgumentException e) {
            throw new JournalDamageException(logs + " holds a folder of no tenant", e);
        }
        return tenants;
    }

    /** What is kept of a tenant. */
    List<SignedNote> of(TenantId tenant) throws IOException, JournalDamageException {
        List<SignedNote> notes = new ArrayList<>();
        Path folder = folder(tenant);
        if (!Files.isDirectory(folder)) {
            return notes;
        }
        try (DirectoryStream<Path> files = Files.newDirectoryStream(folder, "[0-9]*")) {
            for (Path file : files) {
                notes.add(read(file));
            }
        }
        return notes;
    }

    /** Keeps one more; one of the same size takes its place, which may have gained lines. */
    void keep(TenantId tenant, SignedNote note) throws IOException {
        long size = Checkpoint.parse(note.text()).size();
        DurableFiles.createDirectories(folder(tenant), Mode.PRIVATE);
        DurableFiles.write(folder(tenant).resolve(Long.toString(size)), note.bytes(), Mode.PRIVATE);
    }

    private Path folder(TenantId tenant) {
        return logs.resolve(tenant.value()).resolve(FOLDER);
    }

    private static SignedNote read(Path file) throws IOException, JournalDamageException {
        try {
            SignedNote note = SignedNote.parse(Files.readAllBytes(file));
            long size = Checkpoint.parse(note.text()).size();
            if (!Long.toString(size).equals(String.valueOf(file.getFileName()))) {
                throw new JournalDamageException(file + " holds the checkpoint of size " + size);
            }
            return note;
        } catch (NoteException e) {
            throw new JournalDamageException(file + " holds no checkpoint", e);
        }
    }
}
