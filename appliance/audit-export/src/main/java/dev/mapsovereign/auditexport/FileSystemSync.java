package dev.mapsovereign.auditexport;

import java.io.IOException;
import java.lang.foreign.Arena;
import java.lang.foreign.FunctionDescriptor;
import java.lang.foreign.Linker;
import java.lang.foreign.MemorySegment;
import java.lang.foreign.SymbolLookup;
import java.lang.foreign.ValueLayout;
import java.lang.invoke.MethodHandle;
import java.nio.file.FileSystemException;
import java.nio.file.Path;
import java.util.Optional;

/**
 * Syncs a whole file system at once, by {@code syncfs(2)}, which Java has no door to. A medium gets
 * thousands of files, and syncing each alone makes a journaling file system write its journal, and
 * FAT its tables, as often: measured on ext4, most of an export's time.
 *
 * <p>The descriptor is opened before the first write: since Linux 5.8 {@code syncfs} reports the
 * errors of all writing back since then. Whatever it does not report, reading back finds. For one
 * thread.
 */
final class FileSystemSync implements AutoCloseable {
    private static final int O_RDONLY_DIRECTORY_CLOEXEC = 0x90000;

    private static final Optional<Calls> CALLS = Calls.find();

    private final Calls calls;
    private final Path folder;
    private final int descriptor;

    private FileSystemSync(Calls calls, Path folder, int descriptor) {
        this.calls = calls;
        this.folder = folder;
        this.descriptor = descriptor;
    }

    /** The three calls, of the C library that the virtual machine itself uses. */
    private record Calls(MethodHandle open, MethodHandle syncfs, MethodHandle close) {
        @SuppressWarnings("restricted")
        static Optional<Calls> find() {
            try {
                Linker linker = Linker.nativeLinker();
                SymbolLookup library = linker.defaultLookup();
                FunctionDescriptor ofDescriptor =
                        FunctionDescriptor.of(ValueLayout.JAVA_INT, ValueLayout.JAVA_INT);
                return Optional.of(
                        new Calls(
                                linker.downcallHandle(
                                        library.findOrThrow("open"),
                                        FunctionDescriptor.of(
                                                ValueLayout.JAVA_INT,
                                                ValueLayout.ADDRESS,
                                                ValueLayout.JAVA_INT),
                                        Linker.Option.firstVariadicArg(2)),
                                linker.downcallHandle(library.findOrThrow("syncfs"), ofDescriptor),
                                linker.downcallHandle(library.findOrThrow("close"), ofDescriptor)));
            } catch (RuntimeException e) {
                // Another system, or native access denied to this module: files are synced singly.
                return Optional.empty();
            }
        }
    }

    /** For the file system that holds a folder; empty where this cannot be done. */
    static Optional<FileSystemSync> of(Path folder) {
        if (CALLS.isEmpty()) {
            return Optional.empty();
        }
        Calls calls = CALLS.get();
        try (Arena arena = Arena.ofConfined()) {
            MemorySegment path = arena.allocateFrom(folder.toAbsolutePath().toString());
            int descriptor = (int) calls.open().invokeExact(path, O_RDONLY_DIRECTORY_CLOEXEC);
            return descriptor < 0
                    ? Optional.empty()
                    : Optional.of(new FileSystemSync(calls, folder, descriptor));
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    /** Returns when everything written so far is on the device. */
    void sync() throws IOException {
        int result;
        try {
            result = (int) calls.syncfs().invokeExact(descriptor);
        } catch (Throwable e) {
            throw failed(e);
        }
        if (result != 0) {
            throw new FileSystemException(
                    folder.toString(),
                    null,
                    "Input/output error: the file system cannot be synced");
        }
    }

    @Override
    public void close() {
        try {
            int result = (int) calls.close().invokeExact(descriptor);
            if (result != 0) {
                throw new IllegalStateException("a descriptor of ours was closed twice");
            }
        } catch (Throwable e) {
            throw failed(e);
        }
    }

    private static IllegalStateException failed(Throwable e) {
        return new IllegalStateException("a call of the C library cannot be made", e);
    }
}
