package dev.mapsovereign.base.durable;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Path;
import java.util.Optional;

/**
 * A second process for tests: {@code rewrite FILE}, {@code write FILE MODE} or {@code lock FOLDER}.
 */
final class DurableProgram {
    private DurableProgram() {}

    public static void main(String[] arguments) throws IOException {
        Path path = Path.of(arguments[1]);
        switch (arguments[0]) {
            case "rewrite" -> rewrite(path);
            case "write" -> DurableFiles.write(path, new byte[1], Mode.valueOf(arguments[2]));
            case "lock" -> lock(path);
            default -> throw new IllegalArgumentException(arguments[0]);
        }
    }

    /** Content {@code n}: its number, 100,000 times. Says each number once it is durable. */
    static byte[] content(int number) {
        return (number + "\n").repeat(100_000).getBytes(StandardCharsets.US_ASCII);
    }

    private static void rewrite(Path file) throws IOException {
        for (int number = 1; ; number++) {
            DurableFiles.write(file, content(number), Mode.PRIVATE);
            System.out.println(number);
        }
    }

    /** Says whether it has the lock, and holds it until its input ends or it is killed. */
    private static void lock(Path folder) throws IOException {
        Optional<FolderLock> lock = FolderLock.tryAcquire(folder);
        System.out.println(lock.isPresent() ? "held" : "refused");
        if (System.in.read() >= 0 || lock.isEmpty()) {
            return;
        }
        lock.get().close();
    }
}
