package dev.mapsovereign.verifier;

import java.io.ByteArrayOutputStream;
import java.io.File;
import java.io.IOException;
import java.io.PrintStream;
import java.lang.reflect.InvocationTargetException;
import java.lang.reflect.Method;
import java.net.URI;
import java.net.URL;
import java.net.URLClassLoader;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.LinkedHashSet;
import java.util.List;
import java.util.Locale;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;

/**
 * The verifier, compiled from this tree's sources with a switch before each of its refusals. So the
 * program that people run has no such switch, and every {@code throw} of a refusal in it is one of
 * the checks that the tests have to account for.
 *
 * <p>A refusal that stands alone in an {@code if} can be switched off. Any other, in a {@code
 * catch} or at a method's end, says that there is nothing to go on with; it only tells that it was
 * reached.
 */
final class SwitchedBuild {
    private static final List<String> JUDGES =
            List.of(
                    "BundleSet",
                    "Facts",
                    "HeaderReader",
                    "KeyRecord",
                    "ManifestReader",
                    "MediumSearch",
                    "NodeVerifier",
                    "RangeVerifier",
                    "RecordScanner",
                    "StateCheck",
                    "Strays",
                    "Trust");

    private static final Pattern REFUSAL =
            Pattern.compile(
                    "throw (refused|bad|new RecordException|MediumFolder\\.notPlain"
                            + "|VerificationException\\.(refused|forked|unauthenticated))\\(");

    private static final String SWITCH =
            """
            package dev.mapsovereign.verifier;

            public final class Switch {
                public static final java.util.Set<String> OFF = new java.util.HashSet<>();
                public static final java.util.List<String> REACHED = new java.util.ArrayList<>();

                static boolean on(String check) {
                    REACHED.add(check);
                    if (REACHED.size() > 10_000) {
                        throw new IllegalStateException("goes round in circles without " + OFF);
                    }
                    return !OFF.contains(check);
                }
            }
            """;

    private final Set<String> checks = new TreeSet<>();
    private final Set<String> ends = new TreeSet<>();
    private final Method run;
    private final Set<String> off;
    private final List<String> reached;

    /**
     * How a run ended.
     *
     * @param reached refusals that were due, in order, switched off ones included
     */
    record Run(int exit, List<String> reached, String output) {}

    @SuppressWarnings("unchecked")
    SwitchedBuild(Path folder) throws IOException, ReflectiveOperationException {
        Path sources = Files.createDirectories(folder.resolve("sources"));
        Path classes = Files.createDirectories(folder.resolve("classes"));
        List<String> command =
                new ArrayList<>(
                        List.of(
                                Path.of(System.getProperty("java.home"), "bin", "javac").toString(),
                                "-nowarn",
                                "-proc:none",
                                "-d",
                                classes.toString(),
                                "-cp",
                                libraries()));
        command.add(write(sources.resolve("Switch.java"), SWITCH));
        Path main = Path.of("src/main/java/dev/mapsovereign/verifier").toAbsolutePath();
        try (Stream<Path> files = Files.list(main)) {
            for (Path file : files.sorted().toList()) {
                String name = file.getFileName().toString();
                command.add(
                        write(
                                sources.resolve(name),
                                switched(name.replace(".java", ""), Files.readAllLines(file))));
            }
        }
        Verifiers.Outcome compiled = Verifiers.run(command);
        if (compiled.exit() != 0) {
            throw new IOException(compiled.output());
        }
        List<URL> urls = new ArrayList<>(List.of(classes.toUri().toURL()));
        for (String library : libraries().split(File.pathSeparator, -1)) {
            urls.add(Path.of(library).toUri().toURL());
        }
        // Not below the platform's loader: that one knows the packages of this JVM's own modules,
        // and
        // would give the verifier without switches.
        ClassLoader loader = new URLClassLoader(urls.toArray(URL[]::new), null);
        Class<?> program = loader.loadClass("dev.mapsovereign.verifier.Main");
        run =
                program.getDeclaredMethod(
                        "run", List.class, PrintStream.class, PrintStream.class, Optional.class);
        run.setAccessible(true);
        Class<?> toggles = loader.loadClass("dev.mapsovereign.verifier.Switch");
        off = (Set<String>) toggles.getField("OFF").get(null);
        reached = (List<String>) toggles.getField("REACHED").get(null);
    }

    private static String write(Path file, String text) throws IOException {
        return Files.writeString(file, text).toString();
    }

    /** Everything that the verifier needs beside its own classes. */
    private static String libraries() {
        Set<String> paths = new LinkedHashSet<>();
        for (Class<?> type :
                List.of(
                        dev.mapsovereign.auditlog.AuditLog.class,
                        dev.mapsovereign.base.crypto.Hex.class,
                        org.jspecify.annotations.NullMarked.class)) {
            paths.add(
                    Path.of(
                                    URI.create(
                                            type.getProtectionDomain()
                                                    .getCodeSource()
                                                    .getLocation()
                                                    .toString()))
                            .toString());
        }
        return String.join(File.pathSeparator, paths);
    }

    private String switched(String type, List<String> lines) {
        StringBuilder text = new StringBuilder();
        String before = "";
        boolean own = JUDGES.contains(type);
        for (int i = 0; i < lines.size(); i++) {
            String line = lines.get(i);
            Matcher refusal = REFUSAL.matcher(line);
            if (own && refusal.find()) {
                String check = name(type, lines, i);
                boolean alone = before.endsWith("{") && isIf(lines, i);
                (alone ? checks : ends).add(check);
                text.append(
                        alone
                                ? "if (Switch.on(\"" + check + "\")) "
                                : "Switch.on(\"" + check + "\"); ");
            }
            text.append(line).append('\n');
            before = line.isBlank() ? before : line;
        }
        return text.toString();
    }

    /** Whether the block that a line stands in, as its first one, is that of an {@code if}. */
    private static boolean isIf(List<String> lines, int at) {
        for (int i = at - 1; i >= 0; i--) {
            String line = lines.get(i).strip();
            if (line.startsWith("if (") || line.startsWith("} else if (")) {
                return true;
            }
            if (line.startsWith("} ") || line.endsWith(";") || line.endsWith("->") || i == at - 6) {
                return false;
            }
        }
        return false;
    }

    /** Type, method, and which of the method's refusals: lines move, these seldom do. */
    private String name(String type, List<String> lines, int at) {
        Pattern method = Pattern.compile("^    (?! )[^=;]*?\\b(\\w+)\\([^;]*$");
        String found = "?";
        for (int i = at; i >= 0 && found.equals("?"); i--) {
            Matcher matcher = method.matcher(lines.get(i));
            if (matcher.find()) {
                found = matcher.group(1);
            }
        }
        for (int number = 1; ; number++) {
            String name = "%s.%s %d".formatted(type, found, number);
            if (!checks.contains(name) && !ends.contains(name)) {
                return name;
            }
        }
    }

    /** Those that can be switched off. */
    Set<String> checks() {
        return checks;
    }

    /** Those that cannot. */
    Set<String> ends() {
        return ends;
    }

    /** Runs {@code map-verify bundle} with some checks off; 70 for a crash. */
    Run run(List<Object> arguments, Set<String> without) {
        off.clear();
        off.addAll(without);
        reached.clear();
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        PrintStream out = new PrintStream(bytes, true, StandardCharsets.UTF_8);
        List<String> command = new ArrayList<>(List.of("bundle"));
        arguments.forEach(argument -> command.add(argument.toString()));
        int exit;
        try {
            Object code = run.invoke(null, command, out, out, Optional.empty());
            exit = (int) code.getClass().getMethod("number").invoke(code);
        } catch (InvocationTargetException e) {
            out.println(String.valueOf(e.getCause()).toLowerCase(Locale.ROOT));
            exit = 70;
        } catch (ReflectiveOperationException e) {
            throw new IllegalStateException(e);
        }
        return new Run(exit, List.copyOf(reached), bytes.toString(StandardCharsets.UTF_8));
    }
}
