package dev.mapsovereign.auditexport;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleException;
import dev.mapsovereign.base.age.AgeRecipient;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.durable.DurableFiles;
import dev.mapsovereign.base.durable.FolderLock;
import dev.mapsovereign.base.durable.Mode;
import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.note.SignedNote;
import java.io.IOException;
import java.io.UncheckedIOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.DirectoryStream;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;

/**
 * What was exported, kept in the audit folder: the truth about export numbers, and the plan of an
 * export that was interrupted.
 *
 * <pre>
 * exports/&lt;n&gt;/medium                        where it went, one line
 *             checkpoints/&lt;tenant&gt;/&lt;size&gt;   the notes that the bundle carries
 *             recipients                    to whom its entries are encrypted, one a line
 *             seed                          of that encryption; gone once the bundle is whole
 *             bundle.json                   the plan; an export exists once this does
 *             manifest.sig                  the bundle is whole on the medium
 *             recorded                      the record AuditExported is in the log
 * </pre>
 *
 * <p>A number is used up by its folder, before the first byte goes to the medium; so no two bundles
 * ever share one, whatever is interrupted. One exporter at a time holds the ledger's lock.
 */
final class ExportLedger implements AutoCloseable {
    private static final String PLAN = "bundle.json";
    private static final String MEDIUM = "medium";
    private static final String SIGNATURE = "manifest.sig";
    private static final String RECORDED = "recorded";
    private static final String RECIPIENTS = "recipients";
    private static final String SEED = "seed";
    private static final String CHECKPOINTS = "checkpoints";

    private final Path folder;
    private final FolderLock lock;

    private ExportLedger(Path folder, FolderLock lock) {
        this.folder = folder;
        this.lock = lock;
    }

    /**
     * An export as the ledger knows it.
     *
     * @param recipients of its entries; empty for plain ones
     * @param signature of the manifest; empty while the bundle is not known to be whole
     */
    record Entry(
            BundleDescription plan,
            String medium,
            List<AgeRecipient> recipients,
            Optional<SignedNote> signature,
            boolean recorded) {
        Entry {
            recipients = List.copyOf(recipients);
        }

        /** Whether its entries are encrypted. */
        boolean encrypted() {
            return !recipients.isEmpty();
        }
    }

    /**
     * Takes the ledger's lock.
     *
     * @throws OperatorException if another export holds it
     */
    static ExportLedger open(Path folder) throws IOException {
        DurableFiles.createDirectories(folder, Mode.PRIVATE);
        Optional<FolderLock> lock = FolderLock.tryAcquire(folder);
        return new ExportLedger(
                folder,
                lock.orElseThrow(() ->
                        new OperatorException(
                                ExitCode.ENVIRONMENT,
                                "another export is running, or a rotation, prune or backup",
                                "wait for it to end")));
    }

    /** The entries without the lock, for a status. */
    static List<Entry> entries(Path folder) throws IOException {
        List<Entry> entries = new ArrayList<>();
        if (Files.isDirectory(folder)) {
            for (long number : numbers(folder)) {
                entry(folder, number).ifPresent(entries::add);
            }
        }
        return entries;
    }

    /** A number that has never been used, by this ledger or on the medium. */
    long nextNumber(long usedOnMedium) throws IOException {
        List<Long> numbers = numbers(folder);
        return Math.max(usedOnMedium, numbers.isEmpty() ? 0 : numbers.getLast()) + 1;
    }

    /** The entries by ascending number. */
    List<Entry> entries() throws IOException {
        return entries(folder);
    }

    /** An export whose plan was made; empty for any other number. */
    Optional<Entry> entry(long number) throws IOException {
        return entry(folder, number);
    }

    /** Keeps a plan, durably, under its number. */
    void begin(ExportPlan plan, Path medium) throws IOException {
        Path entry = folder.resolve(Long.toString(plan.description().number()));
        DurableFiles.createDirectories(entry, Mode.PRIVATE);
        write(entry.resolve(MEDIUM), medium + "\n");
        for (Map.Entry<String, byte[]> note : plan.checkpoints().entrySet()) {
            Path file = entry.resolve(CHECKPOINTS).resolve(note.getKey());
            DurableFiles.createDirectories(file.resolveSibling(""), Mode.PRIVATE);
            DurableFiles.write(file, note.getValue(), Mode.PRIVATE);
        }
        if (plan.encryption().isPresent()) {
            EntryEncryption encryption = plan.encryption().get();
            StringBuilder lines = new StringBuilder();
            encryption.recipients().forEach(each -> lines.append(each).append('\n'));
            write(entry.resolve(RECIPIENTS), lines.toString());
            byte[] seed = encryption.seed().use(byte[]::clone);
            DurableFiles.write(entry.resolve(SEED), seed, Mode.PRIVATE);
            Arrays.fill(seed, (byte) 0);
        }
        DurableFiles.write(entry.resolve(PLAN), plan.description().bytes(), Mode.PRIVATE);
    }

    /** The checkpoints of a plan, by {@link ExportPlan#checkpointName}. */
    Map<String, byte[]> checkpoints(BundleDescription plan) throws IOException {
        Map<String, byte[]> checkpoints = new HashMap<>();
        Path entry = folder.resolve(Long.toString(plan.number()));
        for (BundleDescription.Range range : plan.ranges()) {
            List<Long> sizes = new ArrayList<>(range.checkpointSizes());
            sizes.addAll(range.rotations());
            for (long size : sizes) {
                String name = ExportPlan.checkpointName(range.tenant(), size);
                checkpoints.put(name, Files.readAllBytes(entry.resolve(CHECKPOINTS).resolve(name)));
            }
        }
        return checkpoints;
    }

    /** The encryption of a plan that was begun; empty for plain entries. */
    Optional<EntryEncryption> encryption(Entry entry) throws IOException {
        if (!entry.encrypted()) {
            return Optional.empty();
        }
        Path seed = folder.resolve(Long.toString(entry.plan().number())).resolve(SEED);
        return Optional.of(new EntryEncryption(entry.recipients(), Secret.readFile(seed)));
    }

    /** A checkpoint that some export carried. */
    Optional<SignedNote> checkpoint(TenantId tenant, long size) throws IOException {
        String name = ExportPlan.checkpointName(tenant, size);
        for (long number : numbers(folder)) {
            Path file = folder.resolve(Long.toString(number)).resolve(CHECKPOINTS).resolve(name);
            if (Files.isRegularFile(file)) {
                return Optional.of(SignedNote.parse(Files.readAllBytes(file)));
            }
        }
        return Optional.empty();
    }

    /** The bundle is whole on its medium. */
    void finish(long number, SignedNote signature) throws IOException {
        DurableFiles.write(
                folder.resolve(Long.toString(number)).resolve(SIGNATURE),
                signature.bytes(),
                Mode.PRIVATE);
        DurableFiles.delete(folder.resolve(Long.toString(number)).resolve(SEED));
    }

    /** The log has the record of it. */
    void recorded(long number, String reference) throws IOException {
        write(folder.resolve(Long.toString(number)).resolve(RECORDED), reference + "\n");
    }

    private static void write(Path file, String text) throws IOException {
        DurableFiles.write(file, text.getBytes(StandardCharsets.UTF_8), Mode.PRIVATE);
    }

    private static List<Long> numbers(Path folder) throws IOException {
        List<Long> numbers = new ArrayList<>();
        try (DirectoryStream<Path> entries = Files.newDirectoryStream(folder)) {
            for (Path entry : entries) {
                String name = String.valueOf(entry.getFileName());
                if (name.matches("[1-9][0-9]{0,17}")) {
                    numbers.add(Long.parseLong(name));
                }
            }
        }
        numbers.sort(null);
        return numbers;
    }

    private static Optional<Entry> entry(Path folder, long number) throws IOException {
        Path entry = folder.resolve(Long.toString(number));
        Path plan = entry.resolve(PLAN);
        if (!Files.isRegularFile(plan)) {
            return Optional.empty();
        }
        try {
            Path signature = entry.resolve(SIGNATURE);
            return Optional.of(
                    new Entry(
                            BundleDescription.parse(Files.readAllBytes(plan)),
                            Files.readString(entry.resolve(MEDIUM)).strip(),
                            recipients(entry),
                            Files.isRegularFile(signature)
                                    ? Optional.of(SignedNote.parse(Files.readAllBytes(signature)))
                                    : Optional.empty(),
                            Files.isRegularFile(entry.resolve(RECORDED))));
        } catch (BundleException | IllegalArgumentException e) {
            throw new OperatorException(
                    ExitCode.TAMPERING, "the export ledger " + entry + ": " + e.getMessage(), e);
        }
    }

    private static List<AgeRecipient> recipients(Path entry) throws IOException {
        Path file = entry.resolve(RECIPIENTS);
        return Files.isRegularFile(file)
                ? Files.readAllLines(file).stream().map(AgeRecipient::parse).toList()
                : List.of();
    }

    @Override
    public void close() {
        try {
            lock.close();
        } catch (IOException e) {
            throw new UncheckedIOException("the export ledger's lock cannot be given back", e);
        }
    }
}
