package dev.mapsovereign.plugin;

import com.dylibso.chicory.runtime.Instance;
import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.json.CanonicalJson;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonReader;
import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.LinkOption;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.concurrent.ArrayBlockingQueue;
import java.util.concurrent.CountDownLatch;
import java.util.concurrent.ExecutionException;
import java.util.concurrent.Future;
import java.util.concurrent.RejectedExecutionException;
import java.util.concurrent.ThreadPoolExecutor;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.locks.ReentrantLock;
import java.util.function.Consumer;
import java.util.stream.Stream;

/**
 * The only door to WASM: loads signed plugins from a folder, calls them in a sandbox, and follows
 * the folder while running.
 *
 * <p>Guests run on a small pool of platform threads, never on the caller's virtual thread: virtual
 * threads are not preempted, and on two carriers two spinning guests would stop the whole node.
 *
 * <p>Safe for use by several threads.
 */
public final class PluginHost implements AutoCloseable {
    private static final System.Logger LOG = System.getLogger(PluginHost.class.getName());
    private static final JsonReader.Limits ANSWER_LIMITS =
            new JsonReader.Limits(64, Limits.OUTPUT_BYTES_MAX);

    private final PluginHostConfig config;
    private final Ed25519 ed25519;
    private final Consumer<PluginEvent> events;
    private final ThreadPoolExecutor guests;
    private final CountDownLatch closed = new CountDownLatch(1);

    /** Covers {@code floor}, {@code seen} and changes of {@code plugins}; held for one scan. */
    private final ReentrantLock scanning = new ReentrantLock();

    private final VersionFloor floor;
    private final Map<String, String> seen = new HashMap<>();
    private final Map<String, String> refused = new HashMap<>();
    private final Map<String, LoadedPlugin> loadedByFolder = new TreeMap<>();

    private volatile Map<String, LoadedPlugin> plugins = Map.of();
    private volatile Runnable changed = () -> {};

    private PluginHost(PluginHostConfig config, Ed25519 ed25519, Consumer<PluginEvent> events) {
        this.config = config;
        this.ed25519 = ed25519;
        this.events = events;
        this.floor = new VersionFloor(config.stateFile());
        this.guests =
                new ThreadPoolExecutor(
                        config.threads(),
                        config.threads(),
                        0,
                        TimeUnit.SECONDS,
                        new ArrayBlockingQueue<>(Limits.QUEUE_MAX),
                        task -> {
                            Thread thread =
                                    new Thread(null, task, "map-plugin", Limits.THREAD_STACK_BYTES);
                            thread.setDaemon(true);
                            return thread;
                        });
    }

    /**
     * Loads what the folder holds and follows it from then on.
     *
     * @param events told of each plugin loaded, removed or refused, on the scanning thread, before
     *     the plugin can be called
     */
    public static PluginHost open(
            PluginHostConfig config, Ed25519 ed25519, Consumer<PluginEvent> events) {
        PluginHost host = new PluginHost(config, ed25519, events);
        host.rescan();
        Thread.ofPlatform().daemon().name("map-plugin-scan").start(host::followFolder);
        return host;
    }

    /** Version of the WASM engine that runs the guests. */
    public static String runtimeVersion() {
        return Instance.class.getModule().getDescriptor() == null
                ? "unknown"
                : Instance.class.getModule().getDescriptor().rawVersion().orElse("unknown");
    }

    /** What can be called now, by protocol; an immutable view that is replaced whole. */
    public Map<String, LoadedPlugin> plugins() {
        return plugins;
    }

    /** {@code action} runs after each change of {@link #plugins()}, on the scanning thread. */
    public void onChange(Runnable action) {
        changed = action;
    }

    private void followFolder() {
        try {
            while (!closed.await(config.scanInterval().toMillis(), TimeUnit.MILLISECONDS)) {
                try {
                    rescan();
                } catch (RuntimeException e) {
                    LOG.log(System.Logger.Level.WARNING, "couldn't scan the plugin folder", e);
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }

    /** Looks at the folder now: loads what is new, replaces what changed, drops what is gone. */
    public void rescan() {
        scanning.lock();
        try {
            List<Path> folders = folders();
            boolean any = dropMissing(folders);
            for (Path folder : folders) {
                any |= look(folder);
            }
            if (any) {
                publish();
            }
        } finally {
            scanning.unlock();
        }
    }

    private List<Path> folders() {
        if (!Files.isDirectory(config.folder())) {
            return List.of();
        }
        try (Stream<Path> found = Files.list(config.folder())) {
            return found.filter(path -> Files.isDirectory(path, LinkOption.NOFOLLOW_LINKS))
                    .filter(path -> !path.getFileName().toString().startsWith("."))
                    .sorted()
                    .limit(Limits.PLUGINS_MAX)
                    .toList();
        } catch (IOException e) {
            LOG.log(
                    System.Logger.Level.WARNING,
                    "couldn't list plugin folder " + config.folder(),
                    e);
            return List.of();
        }
    }

    private boolean dropMissing(List<Path> folders) {
        List<String> present = folders.stream().map(path -> path.getFileName().toString()).toList();
        seen.keySet().retainAll(present);
        refused.keySet().retainAll(present);
        List<String> gone =
                loadedByFolder.keySet().stream().filter(name -> !present.contains(name)).toList();
        gone.forEach(this::unload);
        return !gone.isEmpty();
    }

    private void unload(String folder) {
        LoadedPlugin plugin = loadedByFolder.remove(folder);
        if (plugin != null) {
            PluginManifest manifest = plugin.manifest();
            events.accept(
                    new PluginEvent.Removed(
                            manifest.name(), manifest.version().toString(), manifest.protocol()));
        }
    }

    /** True when something callable changed. */
    private boolean look(Path path) {
        String name = path.getFileName().toString();
        String fingerprint;
        try {
            PluginFolder folder = PluginFolder.read(path);
            fingerprint = folder.fingerprint();
            if (fingerprint.equals(seen.get(name))) {
                return false;
            }
            seen.put(name, fingerprint);
            LoadedPlugin plugin = load(folder, name);
            announce(plugin);
            loadedByFolder.put(name, plugin);
            refused.remove(name);
            return true;
        } catch (PluginRefusedException e) {
            String reason = String.valueOf(e.getMessage());
            boolean wasCallable = loadedByFolder.containsKey(name);
            if (!reason.equals(refused.put(name, reason)) || wasCallable) {
                events.accept(new PluginEvent.Refused(name, reason));
            }
            unload(name);
            return wasCallable;
        }
    }

    private LoadedPlugin load(PluginFolder folder, String name) throws PluginRefusedException {
        LoadedPlugin plugin = folder.load(config.trust(), config.signaturesRequired(), ed25519);
        floor.check(plugin.manifest(), config.pinned());
        for (Map.Entry<String, LoadedPlugin> other : loadedByFolder.entrySet()) {
            boolean sameProtocol =
                    other.getValue().manifest().protocol().equals(plugin.manifest().protocol());
            if (sameProtocol && !other.getKey().equals(name)) {
                throw new PluginRefusedException(
                        "protocol "
                                + plugin.manifest().protocol()
                                + " is already answered by "
                                + other.getValue().manifest().name()
                                + " in folder "
                                + other.getKey());
            }
        }
        return plugin;
    }

    private void announce(LoadedPlugin plugin) {
        PluginManifest manifest = plugin.manifest();
        events.accept(
                new PluginEvent.Loaded(
                        manifest.name(),
                        manifest.version().toString(),
                        manifest.protocol(),
                        plugin.signer(),
                        plugin.sha256()));
        floor.raise(manifest);
    }

    private void publish() {
        Map<String, LoadedPlugin> byProtocol = new TreeMap<>();
        loadedByFolder
                .values()
                .forEach(plugin -> byProtocol.put(plugin.manifest().protocol(), plugin));
        plugins = Map.copyOf(byProtocol);
        changed.run();
    }

    /**
     * Calls one operation and waits for the answer, at most for the shorter of {@code deadline} and
     * the manifest's {@code max_ms}.
     */
    public PluginAnswer call(
            LoadedPlugin plugin,
            String operation,
            JsonObject payload,
            JsonObject context,
            Duration deadline) {
        byte[] request =
                CanonicalJson.encode(
                        JsonObject.builder()
                                .put("context", context)
                                .put("operation", operation)
                                .put("payload", payload)
                                .build());
        Duration limit = plugin.manifest().callMax();
        Duration patience = deadline.compareTo(limit) < 0 ? deadline : limit;
        Future<byte[]> running;
        try {
            running = guests.submit(() -> plugin.guest().call(request));
        } catch (RejectedExecutionException e) {
            return new PluginAnswer.Failed(PluginAnswer.Fault.BUSY, "all plugin threads are busy");
        }
        return await(running, patience, plugin);
    }

    private static PluginAnswer await(
            Future<byte[]> running, Duration patience, LoadedPlugin plugin) {
        try {
            return read(running.get(patience.toNanos(), TimeUnit.NANOSECONDS));
        } catch (TimeoutException e) {
            running.cancel(true);
            return new PluginAnswer.Failed(
                    PluginAnswer.Fault.TIMED_OUT,
                    plugin.manifest().name() + " ran longer than " + patience.toMillis() + " ms");
        } catch (InterruptedException e) {
            running.cancel(true);
            Thread.currentThread().interrupt();
            return new PluginAnswer.Failed(
                    PluginAnswer.Fault.TIMED_OUT, "the call was interrupted");
        } catch (ExecutionException e) {
            if (e.getCause() instanceof Guest.GuestFault fault) {
                return new PluginAnswer.Failed(
                        fault.fault(), plugin.manifest().name() + " " + fault.getMessage());
            }
            LOG.log(System.Logger.Level.ERROR, "plugin call failed inside the host", e.getCause());
            return new PluginAnswer.Failed(
                    PluginAnswer.Fault.TRAPPED,
                    plugin.manifest().name() + " failed inside the host");
        }
    }

    private static PluginAnswer read(byte[] answer) {
        JsonObject parsed;
        try {
            parsed = JsonReader.parseObject(answer, ANSWER_LIMITS);
        } catch (JsonException e) {
            return bad("answered what is not a JSON object: " + e.getMessage());
        }
        List<String> names = new ArrayList<>(parsed.members().keySet());
        if (names.equals(List.of("error"))) {
            JsonObject error = parsed.object("error").orElse(JsonObject.EMPTY);
            String code = error.text("code").orElse("");
            if (!code.matches("[a-z][a-z0-9_]{0,63}")) {
                return bad("answered an error without a code");
            }
            return new PluginAnswer.Refused(code, clip(error.text("message").orElse(code)));
        }
        names.remove("metadata");
        if (!names.equals(List.of("data")) || parsed.object("data").isEmpty()) {
            return bad("answered neither {data, metadata} nor {error}");
        }
        return new PluginAnswer.Answered(
                parsed.object("data").orElseThrow(),
                parsed.object("metadata").orElse(JsonObject.EMPTY));
    }

    private static PluginAnswer bad(String message) {
        return new PluginAnswer.Failed(PluginAnswer.Fault.BAD_ANSWER, message);
    }

    private static String clip(String message) {
        return message.length() <= 256 ? message : message.substring(0, 256);
    }

    /** Stops scanning and interrupts guests that still run. */
    @Override
    public void close() {
        closed.countDown();
        guests.shutdownNow();
        try {
            if (!guests.awaitTermination(
                    Limits.INTERRUPT_GRACE.toMillis(), TimeUnit.MILLISECONDS)) {
                LOG.log(System.Logger.Level.WARNING, "a plugin did not stop when told to");
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
        }
    }
}
