package dev.mapsovereign.benchmarks;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.TreeMap;
import jdk.jfr.consumer.RecordedEvent;
import jdk.jfr.consumer.RecordedFrame;
import jdk.jfr.consumer.RecordedThread;
import jdk.jfr.consumer.RecordingFile;

/**
 * Says in which stage of a call a running server spends its processor time, from samples of its
 * threads' stacks that come with the processor time itself, system calls included (JEP 509, Java
 * Flight Recorder). The collector and the compiler are no Java threads and have no samples.
 */
final class StageProfile {
    private static final String RECORDING = "stages";
    private static final String SAMPLE = "jdk.CPUTimeSample";
    private static final String SETTINGS =
            """
            <?xml version="1.0" encoding="UTF-8"?>
            <configuration version="2.0">
              <event name="%s">
                <setting name="enabled">true</setting>
                <setting name="throttle">1 ms</setting>
                <setting name="stackTrace">true</setting>
              </event>
            </configuration>
            """
                    .formatted(SAMPLE);
    private static final String ENGINE = "dev.mapsovereign.engine.";

    /** The class whose frame says that a sample belongs to a stage, and the stage's name. */
    private static final Map<String, String> STAGES = new HashMap<>();

    static {
        STAGES.put(ENGINE + "version.VersionResolution", "1 version_resolution");
        STAGES.put(ENGINE + "context.ContextEnrichment", "2 context_enrichment");
        STAGES.put(ENGINE + "ratelimit.RateLimiting", "3 rate_limiting");
        STAGES.put(ENGINE + "capability.CapabilityGate", "4 security_gating");
        STAGES.put(ENGINE + "idempotency.IdempotencyStore", "4 idempotency, behind it");
        STAGES.put(ENGINE + "breaker.CircuitBreaking", "5 circuit_breaking");
        STAGES.put(ENGINE + "balance.LoadBalancing", "6 load_balancing");
        STAGES.put(ENGINE + "router.RouterInvocation", "7 router_invocation");
        STAGES.put(ENGINE + "result.ResultHandling", "8 result_handling");
    }

    private StageProfile() {}

    /** Begins to sample that process. */
    static void start(long pid) throws IOException, InterruptedException {
        Path settings = Files.createTempFile("stages", ".jfc");
        try {
            Files.writeString(settings, SETTINGS);
            jcmd(pid, "JFR.start", "name=" + RECORDING, "settings=" + settings);
        } finally {
            Files.delete(settings);
        }
    }

    /** Ends it; the recording is in {@code file}. */
    static void stop(long pid, Path file) throws IOException, InterruptedException {
        jcmd(pid, "JFR.stop", "name=" + RECORDING, "filename=" + file.toAbsolutePath());
    }

    /** Microseconds of processor time by stage, and by what works beside the calls. */
    static Map<String, Double> micros(Path file) throws IOException {
        Map<String, Double> micros = new TreeMap<>();
        try (RecordingFile recording = new RecordingFile(file)) {
            while (recording.hasMoreEvents()) {
                RecordedEvent event = recording.readEvent();
                if (event.getEventType().getName().equals(SAMPLE)) {
                    double period = event.getDuration("samplingPeriod").toNanos() / 1e3;
                    micros.merge(place(event), period, Double::sum);
                }
            }
        }
        return micros;
    }

    private static String place(RecordedEvent sample) {
        List<RecordedFrame> frames =
                sample.getStackTrace() == null ? List.of() : sample.getStackTrace().getFrames();
        boolean gateway = false;
        for (RecordedFrame frame : frames) {
            String type = frame.getMethod().getType().getName();
            String stage = STAGES.get(type);
            if (stage != null) {
                return stage;
            }
            gateway |= type.startsWith("dev.mapsovereign.gateway.");
        }
        if (gateway) {
            return "0 gateway: TLS, HTTP, JSON";
        }
        RecordedThread thread = sample.getValue("eventThread");
        return "beside: "
                + Optional.ofNullable(thread)
                        .map(RecordedThread::getJavaName)
                        .map(name -> name.replaceAll("[0-9]+", "n"))
                        .orElse("others");
    }

    private static void jcmd(long pid, String... command) throws IOException, InterruptedException {
        List<String> all =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "jcmd").toString(),
                                Long.toString(pid)));
        all.addAll(List.of(command));
        Process process =
                new ProcessBuilder(all)
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        if (process.waitFor() != 0) {
            throw new IOException(String.join(" ", all) + " failed");
        }
    }
}
