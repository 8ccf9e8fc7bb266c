package dev.mapsovereign.verifier;

import dev.mapsovereign.auditexport.ExportProgress;
import java.io.IOException;
import java.io.UncheckedIOException;

/** Something that happens to a medium while an export runs. */
interface ExportStep {
    void run() throws IOException;

    /** Does it when an export comes to a step for the first time. */
    static ExportProgress at(String step, ExportStep happening) {
        boolean[] done = {false};
        return (what, bytesDone, bytesTotal) -> {
            if (!done[0] && what.startsWith(step)) {
                done[0] = true;
                try {
                    happening.run();
                } catch (IOException e) {
                    throw new UncheckedIOException(e);
                }
            }
        };
    }
}
