package dev.mapsovereign.plugin;

import com.dylibso.chicory.compiler.MachineFactoryCompiler;
import com.dylibso.chicory.runtime.ExportFunction;
import com.dylibso.chicory.runtime.HostFunction;
import com.dylibso.chicory.runtime.ImportValues;
import com.dylibso.chicory.runtime.Instance;
import com.dylibso.chicory.runtime.Machine;
import com.dylibso.chicory.runtime.Memory;
import com.dylibso.chicory.wasi.WasiExitException;
import com.dylibso.chicory.wasi.WasiOptions;
import com.dylibso.chicory.wasi.WasiPreview1;
import com.dylibso.chicory.wasm.ChicoryException;
import com.dylibso.chicory.wasm.Parser;
import com.dylibso.chicory.wasm.WasmModule;
import com.dylibso.chicory.wasm.types.MemoryLimits;
import java.io.ByteArrayInputStream;
import java.io.ByteArrayOutputStream;
import java.security.SecureRandom;
import java.time.Clock;
import java.time.Instant;
import java.time.ZoneOffset;
import java.util.function.Function;

/**
 * One compiled WASM module, called in a fresh instance each time: bytes in, bytes out.
 *
 * <p>The only class that knows the WASM engine. A fresh instance for each call costs about 0.1 ms
 * and buys that no call can see another's memory, and that a trap or a stop leaves nothing behind.
 * The guest runs on the calling thread until it returns, traps or is interrupted: call it on a
 * thread that may be lost, never on a virtual thread (a spinning guest would hold its carrier).
 *
 * <p>Safe for use by several threads.
 */
final class Guest {
    private final WasmModule module;
    private final Function<Instance, Machine> compiled;
    private final PluginManifest manifest;

    private Guest(
            WasmModule module, Function<Instance, Machine> compiled, PluginManifest manifest) {
        this.module = module;
        this.compiled = compiled;
        this.manifest = manifest;
    }

    /**
     * Parses and compiles {@code wasm}, and tries whether it can be instantiated at all.
     *
     * @throws PluginRefusedException if the bytes are no module, or not one of the manifest's ABI
     */
    static Guest compile(byte[] wasm, PluginManifest manifest) throws PluginRefusedException {
        try {
            WasmModule module = Parser.parse(wasm);
            Guest guest = new Guest(module, MachineFactoryCompiler.compile(module), manifest);
            guest.checkShape();
            return guest;
        } catch (ChicoryException | IllegalArgumentException | IllegalStateException e) {
            throw new PluginRefusedException(
                    manifest.binary() + " is not a usable WASM module: " + e.getMessage(), e);
        }
    }

    private void checkShape() throws PluginRefusedException {
        int pages = initialPages();
        if (pages > manifest.memoryPages()) {
            throw new PluginRefusedException(
                    manifest.binary()
                            + " starts with "
                            + pages
                            + " pages of memory; its manifest allows "
                            + manifest.memoryPages());
        }
        boolean importsAny = module.importSection().importCount() > 0;
        switch (manifest.abi()) {
            case MAP_INVOKE_1 -> {
                if (importsAny) {
                    throw new PluginRefusedException(
                            manifest.binary() + " imports functions; map-invoke/1 offers none");
                }
                Instance trial = instance(ImportValues.empty());
                trial.export("map_alloc");
                trial.export("map_invoke");
                trial.memory();
            }
            case WASI_COMMAND_1 -> {
                try (WasiPreview1 wasi = wasi(new byte[0], new ByteArrayOutputStream())) {
                    instance(imports(wasi)).export("_start");
                }
            }
        }
    }

    private int initialPages() {
        return module.memorySection()
                .map(section ->
                        section.memoryCount() == 0
                                ? 0
                                : section.getMemory(0).limits().initialPages())
                .orElse(0);
    }

    /**
     * Calls the guest once.
     *
     * @param request JSON {@code {operation, payload, context}}
     * @return JSON {@code {data, metadata}} or {@code {error: {code, message}}}, not yet checked,
     *     at most {@code max_output_bytes}
     * @throws GuestFault if it trapped, was interrupted or answered too much
     */
    byte[] call(byte[] request) throws GuestFault {
        try {
            return switch (manifest.abi()) {
                case MAP_INVOKE_1 -> invoke(request);
                case WASI_COMMAND_1 -> command(request);
            };
        } catch (ChicoryException e) {
            if (Thread.currentThread().isInterrupted() || isInterruption(e)) {
                throw new GuestFault(
                        PluginAnswer.Fault.TIMED_OUT, "stopped after its time was over");
            }
            throw new GuestFault(PluginAnswer.Fault.TRAPPED, "trapped: " + e.getMessage());
        } catch (StackOverflowError | OutOfMemoryError e) {
            throw new GuestFault(
                    PluginAnswer.Fault.TRAPPED,
                    "exhausted the host's " + e.getClass().getSimpleName());
        } catch (IndexOutOfBoundsException | IllegalArgumentException e) {
            throw new GuestFault(PluginAnswer.Fault.TRAPPED, "trapped: " + e.getMessage());
        }
    }

    private static boolean isInterruption(ChicoryException failure) {
        return failure.getClass().getSimpleName().contains("Interrupted");
    }

    private byte[] invoke(byte[] request) throws GuestFault {
        Instance instance = instance(ImportValues.empty());
        ExportFunction alloc = instance.export("map_alloc");
        int in = (int) alloc.apply(request.length)[0];
        Memory memory = instance.memory();
        memory.write(in, request);
        long packed = instance.export("map_invoke").apply(in, request.length)[0];
        int out = (int) (packed >>> 32);
        long length = packed & 0xffff_ffffL;
        if (length > manifest.outputBytesMax()) {
            throw tooMuch(length);
        }
        return memory.readBytes(out, (int) length);
    }

    private byte[] command(byte[] request) throws GuestFault {
        BoundedOutput out = new BoundedOutput(manifest.outputBytesMax());
        try (WasiPreview1 wasi = wasi(request, out)) {
            instance(imports(wasi)).export("_start").apply();
        } catch (WasiExitException e) {
            if (e.exitCode() != 0) {
                throw new GuestFault(
                        PluginAnswer.Fault.TRAPPED, "ended with exit status " + e.exitCode());
            }
        }
        if (out.overflowed()) {
            throw tooMuch(manifest.outputBytesMax() + 1L);
        }
        return out.toByteArray();
    }

    private GuestFault tooMuch(long length) {
        return new GuestFault(
                PluginAnswer.Fault.BAD_ANSWER,
                "answered "
                        + length
                        + " bytes or more; its manifest allows "
                        + manifest.outputBytesMax());
    }

    private Instance instance(ImportValues imports) {
        return Instance.builder(module)
                .withMachineFactory(compiled)
                .withImportValues(imports)
                .withStart(false)
                .withMemoryLimits(new MemoryLimits(initialPages(), manifest.memoryPages()))
                .build();
    }

    private static ImportValues imports(WasiPreview1 wasi) {
        HostFunction[] functions = wasi.toHostFunctions();
        return ImportValues.builder().addFunction(functions).build();
    }

    /**
     * No files, no network, no arguments, no environment; a clock that stands, unless asked for.
     */
    private WasiPreview1 wasi(byte[] request, ByteArrayOutputStream out) {
        boolean clock = manifest.requires().contains("wasi:clock");
        return WasiPreview1.builder()
                .withOptions(
                        WasiOptions.builder()
                                .withStdin(new ByteArrayInputStream(request))
                                .withStdout(out)
                                .withStderr(new BoundedOutput(0))
                                .withRandom(new SecureRandom())
                                .withClock(
                                        clock
                                                ? Clock.systemUTC()
                                                : Clock.fixed(Instant.EPOCH, ZoneOffset.UTC))
                                .build())
                .build();
    }

    /** Keeps the first bytes and remembers that there were more; never grows beyond its bound. */
    private static final class BoundedOutput extends ByteArrayOutputStream {
        private final int bytesMax;
        private boolean overflowed;

        BoundedOutput(int bytesMax) {
            this.bytesMax = bytesMax;
        }

        boolean overflowed() {
            return overflowed;
        }

        @Override
        public synchronized void write(int single) {
            write(new byte[] {(byte) single}, 0, 1);
        }

        @Override
        public synchronized void write(byte[] bytes, int offset, int length) {
            int room = Math.min(length, bytesMax - count);
            overflowed |= room < length;
            super.write(bytes, offset, Math.max(0, room));
        }
    }

    /** A call that ended without an answer. */
    static final class GuestFault extends Exception {
        @java.io.Serial private static final long serialVersionUID = 1L;

        private final PluginAnswer.Fault fault;

        GuestFault(PluginAnswer.Fault fault, String message) {
            super(message, null, false, false);
            this.fault = fault;
        }

        PluginAnswer.Fault fault() {
            return fault;
        }
    }
}
