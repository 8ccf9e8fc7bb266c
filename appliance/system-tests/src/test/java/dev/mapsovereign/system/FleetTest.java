package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.concurrent.TimeUnit;
import org.junit.jupiter.api.Assumptions;
import org.junit.jupiter.api.Tag;
import org.junit.jupiter.api.Test;
import org.junit.jupiter.api.io.TempDir;

/** Gateways and engine hosts apart, under load and faults: {@link FleetFaults} in namespaces. */
@Tag("slow")
class FleetTest {
    private static final long MINUTES_MAX = 8;

    /** Namespaces are named in a folder that is this process's alone. */
    private static final String ALONE =
            "mount --make-rprivate / && mkdir -p /run/netns && mount -t tmpfs tmpfs /run/netns"
                    + " && exec \"$@\"";

    @TempDir private Path folder;

    @Test
    void partsKilledHeldAndCutOff_everyAnswerHasItsOneRecordAndCallsGoOn() throws Exception {
        Assumptions.assumeTrue(
                mayMakeNamespaces(), "this machine lets nobody make network namespaces");
        Path said = folder.resolve("said");
        ProcessBuilder builder =
                new ProcessBuilder(
                        "unshare",
                        "--net",
                        "--mount",
                        "sh",
                        "-c",
                        ALONE,
                        "alone",
                        Path.of(System.getProperty("java.home"), "bin/java").toString(),
                        "-Xmx256m",
                        "-cp",
                        System.getProperty(
                                "surefire.test.class.path", System.getProperty("java.class.path")),
                        "dev.mapsovereign.system.FleetFaults",
                        Files.createDirectory(folder.resolve("fleet")).toString());
        builder.redirectErrorStream(true).redirectOutput(said.toFile());
        Process process = builder.start();
        try {
            assertThat(process.waitFor(MINUTES_MAX, TimeUnit.MINUTES))
                    .as("it ends by itself")
                    .isTrue();
        } finally {
            process.descendants().forEach(ProcessHandle::destroyForcibly);
            process.destroyForcibly();
        }
        String end = Files.readString(said, StandardCharsets.UTF_8);
        assertThat(process.exitValue()).as(end).isZero();
        System.out.println(end);
    }

    private static boolean mayMakeNamespaces() throws IOException, InterruptedException {
        Process process =
                new ProcessBuilder(
                                List.of(
                                        "unshare", "--net", "--mount", "ip", "link", "add", "hub",
                                        "type", "bridge"))
                        .redirectErrorStream(true)
                        .redirectOutput(ProcessBuilder.Redirect.DISCARD)
                        .start();
        return process.waitFor() == 0;
    }
}
