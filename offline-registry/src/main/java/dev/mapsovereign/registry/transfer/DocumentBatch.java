package dev.mapsovereign.registry.transfer;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import dev.mapsovereign.registry.document.DocumentException;
import dev.mapsovereign.registry.document.OasDocument;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.ExecutorService;
import java.util.concurrent.Executors;
import java.util.concurrent.Future;

/**
 * Reads and verifies documents on all processors. Platform threads, as many as processors: the work
 * is arithmetic, and virtual threads would take the carriers of a node that goes on answering.
 */
final class DocumentBatch implements AutoCloseable {
    /** Enough to keep the threads busy, few enough to hold in memory at the size limit (32 MiB). */
    static final int SIZE = 512;

    private final Ed25519 ed25519;
    private final ExecutorService threads;
    private final int slices;

    DocumentBatch(Ed25519 ed25519) {
        this.ed25519 = ed25519;
        this.slices = Runtime.getRuntime().availableProcessors();
        this.threads =
                Executors.newFixedThreadPool(
                        slices, Thread.ofPlatform().daemon().name("registry-verify-", 0).factory());
    }

    /**
     * The documents of {@code lines}, each in canonical form and signed by its own key.
     *
     * @throws RegistryException {@code DOCUMENT} for the first that is not
     */
    List<OasDocument> verify(List<byte[]> lines) {
        List<Future<List<OasDocument>>> futures = new ArrayList<>();
        int length = Math.max(1, (lines.size() + slices - 1) / slices);
        for (int start = 0; start < lines.size(); start += length) {
            List<byte[]> slice = lines.subList(start, Math.min(lines.size(), start + length));
            futures.add(threads.submit(() -> verifySlice(slice)));
        }
        List<OasDocument> documents = new ArrayList<>(lines.size());
        for (Future<List<OasDocument>> future : futures) {
            documents.addAll(result(future));
        }
        return documents;
    }

    private List<OasDocument> verifySlice(List<byte[]> lines) {
        List<OasDocument> documents = new ArrayList<>(lines.size());
        for (byte[] line : lines) {
            documents.add(verifyOne(line));
        }
        return documents;
    }

    private OasDocument verifyOne(byte[] line) {
        String name = "a document of " + line.length + " bytes";
        try {
            OasDocument document = OasDocument.parseCanonical(line);
            name = document.did().text();
            document.verifyProof(ed25519);
            return document;
        } catch (DocumentException e) {
            throw new RegistryException(
                    RegistryFault.DOCUMENT,
                    name + ": " + e.fault().wire() + ": " + e.getMessage(),
                    e);
        }
    }

    private static List<OasDocument> result(Future<List<OasDocument>> future) {
        try {
            return future.get();
        } catch (ExecutionException e) {
            if (e.getCause() instanceof RegistryException refused) {
                throw refused;
            }
            throw new IllegalStateException("a document could not be judged", e.getCause());
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new IllegalStateException("interrupted while documents were judged", e);
        }
    }

    @Override
    public void close() {
        threads.shutdownNow();
    }
}
