package dev.mapsovereign.auditexport;

import dev.mapsovereign.auditlog.bundle.BundleDescription;
import dev.mapsovereign.auditlog.bundle.BundleFolder;
import dev.mapsovereign.auditlog.bundle.BundleLayout;
import dev.mapsovereign.auditlog.bundle.RangeFiles;
import dev.mapsovereign.base.identity.TenantId;
import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import java.util.Optional;

/**
 * Encrypted entries that older bundles on a medium list, which no later export may change. Asked
 * for names in the order of a manifest, it reads each older manifest once, line by line. For one
 * thread.
 */
final class HeldEntries implements AutoCloseable {
    private final BundleFolder folder;
    private final List<Cursor> cursors = new ArrayList<>();

    /**
     * @param own the bundle that is being written
     */
    HeldEntries(MediumSurvey medium, long own) {
        this.folder = new BundleFolder(medium.nodeFolder());
        for (OwnBundle bundle : medium.bundles().reversed()) {
            if (bundle.number() != own) {
                cursors.add(new Cursor(bundle));
            }
        }
    }

    /**
     * An entry bundle as an older bundle lists it.
     *
     * @param digest of the encrypted file, in hex
     */
    record Held(long bundle, String digest) {}

    /** The newest older bundle that lists that file; empty if none does. */
    Optional<Held> find(TenantId tenant, long index, int width, String name) throws IOException {
        for (Cursor cursor : cursors) {
            Optional<BundleDescription.Range> range = cursor.bundle.description().range(tenant);
            if (range.isPresent()
                    && RangeFiles.hasEntries(range.get().from(), range.get().to(), index, width)) {
                Optional<String> digest = cursor.find(name);
                if (digest.isPresent()) {
                    return Optional.of(new Held(cursor.bundle.number(), digest.get()));
                }
            }
        }
        return Optional.empty();
    }

    @Override
    public void close() throws IOException {
        for (Cursor cursor : cursors) {
            cursor.close();
        }
    }

    /** One manifest, read forward; from its beginning again when a name was not ahead. */
    private final class Cursor {
        private static final int DIGEST_LENGTH = 64;

        private final OwnBundle bundle;
        private Optional<BufferedReader> reader = Optional.empty();

        Cursor(OwnBundle bundle) {
            this.bundle = bundle;
        }

        Optional<String> find(String name) throws IOException {
            boolean fromTheBeginning = reader.isEmpty();
            Optional<String> digest = ahead(name);
            if (digest.isEmpty() && !fromTheBeginning) {
                close();
                digest = ahead(name);
            }
            if (digest.isEmpty()) {
                close();
            }
            return digest;
        }

        private Optional<String> ahead(String name) throws IOException {
            if (reader.isEmpty()) {
                reader =
                        Optional.of(
                                new BufferedReader(
                                        new InputStreamReader(
                                                folder.open(
                                                        BundleLayout.manifest(bundle.number()),
                                                        Limits.MANIFEST_BYTES_MAX),
                                                StandardCharsets.US_ASCII)));
            }
            BufferedReader lines = reader.get();
            for (String line = lines.readLine(); line != null; line = lines.readLine()) {
                if (line.length() == DIGEST_LENGTH + 2 + name.length() && line.endsWith(name)) {
                    return Optional.of(line.substring(0, DIGEST_LENGTH));
                }
            }
            return Optional.empty();
        }

        void close() throws IOException {
            if (reader.isPresent()) {
                reader.get().close();
                reader = Optional.empty();
            }
        }
    }
}
