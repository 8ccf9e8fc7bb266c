package dev.mapsovereign.node.silence;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import dev.mapsovereign.base.json.JsonArray;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.base.json.JsonString;
import dev.mapsovereign.base.json.JsonValue;
import java.io.IOException;
import java.net.DatagramPacket;
import java.net.DatagramSocket;
import java.net.InetAddress;
import java.net.SocketException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.time.Duration;
import java.util.ArrayList;
import java.util.List;
import java.util.function.Consumer;

/**
 * Shows that nothing calls out: counts in the kernel, in every network in which something of the
 * user runs, and shows that an attempt would have been heard.
 */
public final class SilenceProof {
    private static final Duration REPORT = Duration.ofSeconds(30);
    private static final String NO_WAY = "no way out";

    private final String user;
    private final long uid;
    private final long gid;
    private final List<String> allowed;
    private final List<String> program;

    private SilenceProof(
            String user, long uid, long gid, List<String> allowed, List<String> program) {
        this.user = user;
        this.uid = uid;
        this.gid = gid;
        this.allowed = List.copyOf(allowed);
        this.program = List.copyOf(program);
    }

    /**
     * A proof about that user.
     *
     * @param allowed {@code host:port} that the configuration allows
     * @param program what calls {@link #attempt()} in a process of its own
     * @throws OperatorException with exit code 3 when this is not root, or there is no such user
     */
    public static SilenceProof of(String user, List<String> allowed, List<String> program) {
        try {
            if (!Files.getAttribute(Path.of("/proc/self"), "unix:uid").equals(0)) {
                throw new OperatorException(
                        ExitCode.ENVIRONMENT,
                        "only root may count what others send",
                        "run this with sudo, or as root");
            }
        } catch (IOException e) {
            throw new OperatorException(ExitCode.ENVIRONMENT, "/proc cannot be read", e);
        }
        return new SilenceProof(user, id("-u", user), id("-g", user), allowed, program);
    }

    private static long id(String option, String user) {
        Tool.Said said = Tool.run(List.of(Tool.find("id", "coreutils"), option, "--", user), "");
        if (said.status() != 0) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "there is no user " + user + " on this host",
                    "--user NAME names the one that the node runs as");
        }
        return Long.parseLong(said.text());
    }

    /**
     * Counts for that long, then sends the control.
     *
     * @param progress gets a line now and then
     * @return {@code silent}, and what was counted in each network
     * @throws OperatorException with exit code 3 when nothing can be proved here: no nft, counters
     *     that vanish, a control that was not heard
     */
    public JsonObject run(Duration time, Consumer<String> progress) {
        List<SilenceWatch> watches = new ArrayList<>();
        Thread removal = Thread.ofPlatform().unstarted(() -> watches.forEach(SilenceWatch::close));
        Runtime.getRuntime().addShutdownHook(removal);
        try {
            requireSomethingToWatch();
            for (NetworkNamespace network : NetworkNamespace.of(uid)) {
                watches.add(SilenceWatch.begin(network, uid, allowed));
                progress.accept(
                        "counting in the network of "
                                + network.of()
                                + ": "
                                + String.join(", ", network.devices()));
            }
            watch(time, watches, progress);
            return report(time, watches);
        } finally {
            watches.forEach(SilenceWatch::close);
            Runtime.getRuntime().removeShutdownHook(removal);
        }
    }

    /** The silence of a node that does not run proves nothing. */
    private void requireSomethingToWatch() {
        if (!NetworkNamespace.runsSomething(uid)) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT,
                    "no process of the user " + user + " runs: there is nothing to watch",
                    "start the node; --user NAME names the one that it runs as");
        }
    }

    private static void watch(
            Duration time, List<SilenceWatch> watches, Consumer<String> progress) {
        long end = System.nanoTime() + time.toNanos();
        try {
            for (long left = time.toNanos(); left > 0; left = end - System.nanoTime()) {
                Thread.sleep(Duration.ofNanos(Math.min(left, REPORT.toNanos())));
                if (end - System.nanoTime() > 0) {
                    progress.accept(
                            opened(watches)
                                    + " packets so far, "
                                    + Duration.ofNanos(end - System.nanoTime()).toSeconds()
                                    + " s left");
                }
            }
        } catch (InterruptedException e) {
            Thread.currentThread().interrupt();
            throw new OperatorException(ExitCode.FAILED, "interrupted: nothing is proved", e);
        }
    }

    private static long opened(List<SilenceWatch> watches) {
        return watches.stream().mapToLong(each -> each.read().opened()).sum();
    }

    private JsonObject report(Duration time, List<SilenceWatch> watches) {
        List<JsonValue> networks = new ArrayList<>();
        boolean silent = true;
        for (SilenceWatch watch : watches) {
            SilenceWatch.Counts counts = watch.read();
            silent &= counts.opened() == 0;
            networks.add(
                    JsonObject.builder()
                            .put("network", watch.network().of())
                            .put("devices", String.join(" ", watch.network().devices()))
                            .put("opened", counts.opened())
                            .put("allowed", counts.allowed())
                            .put("control", control(watch, counts.control()))
                            .put(
                                    "destinations",
                                    new JsonArray(
                                            counts.destinations().stream()
                                                    .<JsonValue>map(JsonString::new)
                                                    .toList()))
                            .build());
        }
        return JsonObject.builder()
                .put("silent", silent)
                .put("user", user)
                .put("seconds", time.toSeconds())
                .put("networks", new JsonArray(networks))
                .build();
    }

    /** Whether an attempt is heard in that network, or why there can be none. */
    private String control(SilenceWatch watch, long before) {
        String said = watch.attempt(uid, gid, program);
        if (watch.read().control() > before) {
            return "heard";
        }
        if (said.equals(NO_WAY)) {
            return "the kernel knows no way out of this network";
        }
        throw new OperatorException(
                ExitCode.ENVIRONMENT,
                "the control was not heard in the network of "
                        + watch.network().of()
                        + ": the counters prove nothing here");
    }

    /**
     * Sends the control's datagrams; run as the watched user. Where there is no way to an address,
     * there is no packet either.
     *
     * @return {@code sent}, or {@value #NO_WAY} when there is a way to none of the addresses
     * @throws OperatorException with exit code 3 when no socket can be made
     */
    public static String attempt() {
        boolean way = false;
        try (DatagramSocket socket = new DatagramSocket()) {
            for (String address :
                    List.of(SilenceWatch.CONTROL_LOOPBACK, SilenceWatch.CONTROL_OUTSIDE)) {
                try {
                    socket.send(
                            new DatagramPacket(
                                    new byte[1],
                                    1,
                                    InetAddress.getByName(address),
                                    SilenceWatch.CONTROL_PORT));
                    way = true;
                } catch (SocketException e) {
                    // What a rule drops was sent: the kernel says EPERM then.
                    way |= !String.valueOf(e.getMessage()).contains("unreachable");
                }
            }
            return way ? "sent" : NO_WAY;
        } catch (IOException e) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "no datagram can be sent: " + e.getMessage(), e);
        }
    }
}
