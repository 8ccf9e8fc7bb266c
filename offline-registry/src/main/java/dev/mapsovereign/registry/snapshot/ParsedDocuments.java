package dev.mapsovereign.registry.snapshot;

import dev.mapsovereign.registry.RegistryException;
import dev.mapsovereign.registry.RegistryFault;
import dev.mapsovereign.registry.document.DocumentException;
import dev.mapsovereign.registry.document.OasDocument;
import java.util.concurrent.ConcurrentHashMap;
import java.util.concurrent.ConcurrentMap;
import java.util.concurrent.atomic.AtomicLong;

/**
 * Documents of one snapshot that were parsed already: the agents that call are asked for again with
 * each call, and to parse a document costs ten times its digest. Callers check the bytes against
 * the signed digest each time, so that a change on the disk is refused although an answer is here.
 *
 * <p>Bounded by the bytes of the documents; when full, it begins anew. Safe for use by several
 * threads.
 */
final class ParsedDocuments {
    private final ConcurrentMap<Long, OasDocument> byPosition = new ConcurrentHashMap<>();
    private final AtomicLong bytesHeld = new AtomicLong();
    private final long bytesMax;

    /**
     * @param bytesMax as many bytes of documents are held at most; parsed they take some five times
     *     as much
     */
    ParsedDocuments(long bytesMax) {
        this.bytesMax = bytesMax;
    }

    /**
     * The document at {@code position}, whose {@code bytes} have the signed digest.
     *
     * @throws RegistryException {@code STORE_DAMAGED} if what was signed is no document
     */
    OasDocument at(long position, byte[] bytes) {
        OasDocument known = byPosition.get(position);
        if (known != null) {
            return known;
        }
        OasDocument document = parse(position, bytes);
        if (bytesHeld.addAndGet(bytes.length) > bytesMax) {
            byPosition.clear();
            bytesHeld.set(bytes.length);
        }
        byPosition.put(position, document);
        return document;
    }

    private static OasDocument parse(long position, byte[] bytes) {
        try {
            return OasDocument.parseCanonical(bytes);
        } catch (DocumentException e) {
            throw new RegistryException(
                    RegistryFault.STORE_DAMAGED,
                    "the document at position " + position + " is unreadable: " + e.getMessage(),
                    e);
        }
    }
}
