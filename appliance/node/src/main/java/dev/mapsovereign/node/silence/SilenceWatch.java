package dev.mapsovereign.node.silence;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.OperatorException;
import java.net.URI;
import java.util.ArrayList;
import java.util.List;
import java.util.Map;
import java.util.TreeMap;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/**
 * Counters in the kernel over what one user sends out in one network: an nftables table of our own
 * on the output hook, which lets everything pass as before.
 *
 * <p>Counted is what opens something: the first packet of a TCP connection, and every packet of
 * another protocol. Answers to callers are none of that. What stays on the host ({@code lo}) is not
 * counted, but for the control: datagrams to {@value #CONTROL_LOOPBACK} and {@value
 * #CONTROL_OUTSIDE} (TEST-NET-1, RFC 5737), port 9, which are counted apart and dropped.
 */
final class SilenceWatch implements AutoCloseable {
    /** An address of the host's own that nobody uses. */
    static final String CONTROL_LOOPBACK = "127.0.0.93";

    /** An address that exists nowhere. */
    static final String CONTROL_OUTSIDE = "192.0.2.93";

    /** The discard port. */
    static final int CONTROL_PORT = 9;

    private static final String PREFIX = "map_silence_";
    private static final Pattern COUNTER =
            Pattern.compile("counter (\\w+) \\{\\s*packets (\\d+) bytes \\d+");
    private static final Pattern ELEMENTS = Pattern.compile("elements = \\{([^}]*)\\}");
    private static final Pattern TABLE = Pattern.compile("table inet " + PREFIX + "(\\d+)");

    private final NetworkNamespace network;
    private final String nft;
    private final String table;

    private SilenceWatch(NetworkNamespace network, String nft, String table) {
        this.network = network;
        this.nft = nft;
        this.table = table;
    }

    /**
     * Begins to count.
     *
     * @param uid whose packets
     * @param allowed {@code host:port} each; packets to numeric ones are counted apart
     * @throws OperatorException with exit code 3 when the kernel or nft does not take the table
     */
    static SilenceWatch begin(NetworkNamespace network, long uid, List<String> allowed) {
        String nft = Tool.find("nft", "nftables");
        String table = PREFIX + ProcessHandle.current().pid();
        SilenceWatch watch = new SilenceWatch(network, nft, table);
        watch.removeLeftOver();
        Tool.require(watch.inside(nft, "-f", "-"), rules(table, uid, allowed));
        return watch;
    }

    private static String rules(String table, long uid, List<String> allowed) {
        StringBuilder exceptions = new StringBuilder();
        for (String entry : allowed) {
            URI address = URI.create("x://" + entry);
            String host = address.getHost();
            if (host.startsWith("[")) {
                exceptions.append(
                        "    ip6 daddr %s tcp dport %d counter name allowed accept\n"
                                .formatted(
                                        host.substring(1, host.length() - 1), address.getPort()));
            } else if (host.matches("[0-9.]+")) {
                exceptions.append(
                        "    ip daddr %s tcp dport %d counter name allowed accept\n"
                                .formatted(host, address.getPort()));
            }
        }
        return """
        table inet %1$s {
          counter control { }
          counter allowed { }
          counter out4 { }
          counter out6 { }
          set to4 {
            type ipv4_addr . inet_proto . inet_service
            flags dynamic
            size 256
          }
          set to6 {
            type ipv6_addr . inet_proto . inet_service
            flags dynamic
            size 256
          }
          chain opened {
            ip daddr { %2$s, %3$s } udp dport %4$d counter name control drop
            oifname "lo" accept
            meta l4proto tcp tcp flags & (syn | ack) != syn accept
        %5$s    meta nfproto ipv4 meta l4proto { tcp, udp } update @to4 { ip daddr . meta l4proto . th dport }
            meta nfproto ipv6 meta l4proto { tcp, udp } update @to6 { ip6 daddr . meta l4proto . th dport }
            meta nfproto ipv4 counter name out4 accept
            meta nfproto ipv6 counter name out6 accept
          }
          chain output {
            type filter hook output priority -200; policy accept;
            meta skuid %6$d jump opened
          }
        }
        """
                .formatted(table, CONTROL_LOOPBACK, CONTROL_OUTSIDE, CONTROL_PORT, exceptions, uid);
    }

    /** The tables of processes that were killed and are gone. */
    private void removeLeftOver() {
        Matcher left = TABLE.matcher(Tool.require(inside(nft, "list", "tables"), ""));
        while (left.find()) {
            if (ProcessHandle.of(Long.parseLong(left.group(1))).isEmpty()) {
                Tool.run(inside(nft, "delete", "table", "inet", PREFIX + left.group(1)), "");
            }
        }
    }

    /** Runs a program in that network. */
    private List<String> inside(String... command) {
        List<String> whole = new ArrayList<>();
        if (network.pid() != ProcessHandle.current().pid()) {
            whole.addAll(
                    List.of(
                            Tool.find("nsenter", "util-linux"),
                            "--net",
                            "--target",
                            Long.toString(network.pid())));
        }
        whole.addAll(List.of(command));
        return whole;
    }

    NetworkNamespace network() {
        return network;
    }

    /**
     * What was counted so far.
     *
     * @param control packets of the control
     * @param allowed first packets to addresses that the configuration allows
     * @param opened first packets to anywhere else
     * @param destinations of those: {@code address port 25 tcp}; at most 256 for each IP version
     */
    record Counts(long control, long allowed, long opened, List<String> destinations) {
        /** Copies the list. */
        public Counts {
            destinations = List.copyOf(destinations);
        }
    }

    /**
     * Reads the counters.
     *
     * @throws OperatorException with exit code 3 when they are gone: then nothing is proved
     */
    Counts read() {
        String text = Tool.require(inside(nft, "-n", "list", "table", "inet", table), "");
        Map<String, Long> counters = new TreeMap<>();
        Matcher counter = COUNTER.matcher(text);
        while (counter.find()) {
            counters.put(counter.group(1), Long.parseLong(counter.group(2)));
        }
        if (counters.size() != 4) {
            throw new OperatorException(
                    ExitCode.ENVIRONMENT, "nft lists other counters than were made: " + counters);
        }
        List<String> destinations = new ArrayList<>();
        Matcher elements = ELEMENTS.matcher(text);
        // The first set that is matched in a rule is the control's, which has no name.
        while (elements.find()) {
            for (String each : elements.group(1).split(",")) {
                destinations.add(destination(each.strip().split("\\s*\\.\\s+")));
            }
        }
        return new Counts(
                counters.getOrDefault("control", 0L),
                counters.getOrDefault("allowed", 0L),
                counters.getOrDefault("out4", 0L) + counters.getOrDefault("out6", 0L),
                destinations);
    }

    /** Of an element {@code address . protocol . port}, all numbers. */
    private static String destination(String... parts) {
        if (parts.length != 3) {
            return String.join(" ", parts);
        }
        String protocol =
                switch (parts[1]) {
                    case "6" -> "tcp";
                    case "17" -> "udp";
                    default -> parts[1];
                };
        return parts[0] + " port " + parts[2] + " " + protocol;
    }

    /**
     * The control: the same user sends two datagrams from this network, which the counters must
     * hear.
     *
     * @param program what sends them, with its arguments
     * @return what the program said, see {@link SilenceProof#attempt}
     */
    String attempt(long uid, long gid, List<String> program) {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Tool.find("nsenter", "util-linux"),
                                "--net",
                                "--target",
                                Long.toString(network.pid()),
                                "--setuid",
                                Long.toString(uid),
                                "--setgid",
                                Long.toString(gid),
                                "--"));
        command.addAll(program);
        return Tool.require(command, "");
    }

    /** Takes the table away; the kernel forgets what it counted. */
    @Override
    public void close() {
        Tool.run(inside(nft, "delete", "table", "inet", table), "");
    }
}
