package dev.mapsovereign.protocols.max;

import java.io.IOException;
import java.io.RandomAccessFile;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.stream.Stream;

/** Changes bytes in files behind the back of whoever has them open. */
final class Damage {
    private Damage() {}

    /** Replaces a text by another of the same length wherever it stands; returns how often. */
    static int replace(Path folder, String text, String by) throws IOException {
        if (text.length() != by.length()) {
            throw new IllegalArgumentException("both texts have the same length");
        }
        List<Path> files;
        try (Stream<Path> all = Files.walk(folder)) {
            files =
                    all.filter(Files::isRegularFile)
                            // Opening and closing a locked file would give its lock back.
                            .filter(file -> !file.endsWith("lock"))
                            .toList();
        }
        int count = 0;
        for (Path file : files) {
            String content = Files.readString(file, StandardCharsets.ISO_8859_1);
            for (int at = content.indexOf(text); at >= 0; at = content.indexOf(text, at + 1)) {
                try (RandomAccessFile out = new RandomAccessFile(file.toFile(), "rw")) {
                    out.seek(at);
                    out.write(by.getBytes(StandardCharsets.ISO_8859_1));
                }
                count++;
            }
        }
        return count;
    }
}
