package dev.mapsovereign.gateway.metrics;

import com.sun.management.UnixOperatingSystemMXBean;
import io.micrometer.core.instrument.FunctionCounter;
import io.micrometer.core.instrument.Gauge;
import io.micrometer.core.instrument.MeterRegistry;
import java.io.IOException;
import java.lang.management.ManagementFactory;
import java.lang.management.MemoryMXBean;
import java.lang.management.RuntimeMXBean;
import java.nio.file.Files;
import java.nio.file.Path;

/**
 * What Prometheus' own clients say about their process, under the same names, so that dashboards
 * for any process show this one.
 */
public final class ProcessMeters {
    private static final Path STATUS = Path.of("/proc/self/status");
    private static final String RESIDENT = "VmRSS:";

    private ProcessMeters() {}

    /** Registers them. */
    public static void bind(MeterRegistry registry) {
        RuntimeMXBean runtime = ManagementFactory.getRuntimeMXBean();
        MemoryMXBean memory = ManagementFactory.getMemoryMXBean();
        if (ManagementFactory.getOperatingSystemMXBean() instanceof UnixOperatingSystemMXBean os) {
            FunctionCounter.builder(
                            "process_cpu_seconds_total", os, bean -> bean.getProcessCpuTime() / 1e9)
                    .description("Processor time used, user and system.")
                    .register(registry);
            gauge(
                    registry,
                    "process_open_fds",
                    os,
                    UnixOperatingSystemMXBean::getOpenFileDescriptorCount);
            gauge(
                    registry,
                    "process_max_fds",
                    os,
                    UnixOperatingSystemMXBean::getMaxFileDescriptorCount);
        }
        gauge(registry, "process_start_time_seconds", runtime, bean -> bean.getStartTime() / 1e3);
        gauge(registry, "process_resident_memory_bytes", STATUS, ProcessMeters::resident);
        gauge(
                registry,
                "jvm_memory_heap_used_bytes",
                memory,
                bean -> bean.getHeapMemoryUsage().getUsed());
        gauge(
                registry,
                "jvm_threads_platform",
                ManagementFactory.getThreadMXBean(),
                bean -> bean.getThreadCount());
    }

    private static <T> void gauge(
            MeterRegistry registry,
            String name,
            T holder,
            java.util.function.ToDoubleFunction<T> value) {
        Gauge.builder(name, holder, value).strongReference(true).register(registry);
    }

    /** NaN where the kernel does not tell. */
    private static double resident(Path status) {
        try {
            for (String line : Files.readAllLines(status)) {
                if (line.startsWith(RESIDENT)) {
                    String kibibytes = line.substring(RESIDENT.length()).replace("kB", "").strip();
                    return Long.parseLong(kibibytes) * 1024.0;
                }
            }
        } catch (IOException | NumberFormatException e) {
            // Not Linux, or a form that no kernel has had so far.
        }
        return Double.NaN;
    }
}
