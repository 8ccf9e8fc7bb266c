package dev.mapsovereign.config;

import dev.mapsovereign.base.error.ExitCode;
import dev.mapsovereign.base.error.IoReason;
import dev.mapsovereign.base.error.OperatorException;
import java.io.IOException;
import java.io.InputStream;
import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.NoSuchFileException;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.HashMap;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.TreeSet;
import java.util.function.Function;
import org.tomlj.Toml;
import org.tomlj.TomlParseError;
import org.tomlj.TomlParseResult;

/**
 * The configuration of a program: one TOML file and the environment, which overrides it. Each part
 * of the product reads its own {@link ConfigSection}; problems are collected, and {@link #finish}
 * throws them all at once with file and line, so that an operator corrects a file in one round.
 *
 * <pre>{@code
 * ConfigRoot root = ConfigRoot.load(file, System.getenv());
 * Reading<GatewayConfig> gateway = root.read("gateway", GatewayConfig::read);
 * root.finish();
 * new Gateway(gateway.get());
 * }</pre>
 *
 * <p>For one thread.
 */
public final class ConfigRoot {
    /** Variables of this product; one that nobody asked for is probably a slip. */
    private static final List<String> PREFIXES = List.of("MAP_", "MIM_", "APP_");

    private final String name;
    private final Path folder;
    private final Map<String, String> environment;
    private final Problems problems = new Problems();
    private final List<String> warnings = new ArrayList<>();
    private final Map<String, EffectiveSetting> settings = new HashMap<>();
    private final Set<String> variablesAsked = new TreeSet<>();
    private final ConfigSection top;
    private boolean finished;

    private ConfigRoot(
            String name, Path folder, Optional<String> toml, Map<String, String> environment) {
        this.name = name;
        this.folder = folder;
        this.environment = Map.copyOf(environment);
        this.top = new ConfigSection(this, "", toml.map(this::parseToml), Place.file(name));
    }

    /**
     * The configuration of that file.
     *
     * @param file absent when the program runs on the environment and defaults alone
     * @param environment the variables, usually {@code System.getenv()}
     * @throws OperatorException when the file cannot be read; its content is judged at {@link
     *     #finish}
     */
    public static ConfigRoot load(Optional<Path> file, Map<String, String> environment) {
        if (file.isEmpty()) {
            Path here = Path.of("").toAbsolutePath();
            return new ConfigRoot("configuration", here, Optional.empty(), environment);
        }
        Path absolute = file.get().toAbsolutePath().normalize();
        Path folder = Optional.ofNullable(absolute.getParent()).orElse(absolute);
        String toml = readFile(absolute);
        return new ConfigRoot(absolute.toString(), folder, Optional.of(toml), environment);
    }

    /**
     * The configuration in a text, for example a plugin's manifest; no environment overrides it.
     *
     * @param name how problems name the text
     * @param folder from which relative paths count
     */
    public static ConfigRoot parse(String name, Path folder, String toml) {
        return new ConfigRoot(name, folder.toAbsolutePath(), Optional.of(toml), Map.of());
    }

    /** The table of that dotted path. */
    public ConfigSection section(String dottedPath) {
        return top.section(dottedPath);
    }

    /** The whole file, for keys outside of every table. */
    public ConfigSection top() {
        return top;
    }

    /**
     * Reads a table into a record. When the record's constructor refuses what each setting allowed,
     * that is a problem like every other.
     */
    public <T> Reading<T> read(String dottedPath, Function<ConfigSection, T> reader) {
        ConfigSection section = section(dottedPath);
        int problemsBefore = problems.count();
        try {
            return new Reading<>(this, Optional.of(reader.apply(section)));
        } catch (IllegalArgumentException e) {
            // With problems in the section it may be the placeholders that are refused.
            if (problems.count() == problemsBefore) {
                problems.add(section.place(), dottedPath + ": " + e.getMessage());
            }
            return new Reading<>(this, Optional.empty());
        }
    }

    /**
     * Ends the reading: every table of the file must be known by now.
     *
     * @throws ConfigException listing every problem
     */
    public void finish() {
        top.reportUnknown();
        warnOfUnknownVariables();
        throwProblems();
    }

    /**
     * Ends the reading of a program that needs only some tables: unknown keys are looked for in
     * those that were read, the others belong to somebody else.
     *
     * @throws ConfigException listing every problem
     */
    public void finishTablesRead() {
        top.sectionsRead().forEach(ConfigSection::reportUnknown);
        throwProblems();
    }

    /** Whether {@link #finish} found no problem. */
    public boolean isFinished() {
        return finished;
    }

    /** What is not wrong enough to stop: complete after {@link #finish}. */
    public List<String> warnings() {
        return List.copyOf(warnings);
    }

    /** Notes a warning, for example of a setting that has no effect any more. */
    public void warn(String message) {
        warnings.add(message);
    }

    /**
     * The value of a variable that is not a setting, for example one that is read to be warned
     * about; known from now on. Empty also when it is set to nothing.
     */
    public Optional<String> variable(String variable) {
        variablesAsked.add(variable);
        return Optional.ofNullable(environment.get(variable)).filter(text -> !text.isEmpty());
    }

    /** Every setting that was read, by key: its value and where that comes from. */
    public List<EffectiveSetting> effectiveSettings() {
        return settings.values().stream().sorted((a, b) -> a.key().compareTo(b.key())).toList();
    }

    String name() {
        return name;
    }

    Path folder() {
        return folder;
    }

    Problems problems() {
        return problems;
    }

    void note(EffectiveSetting setting) {
        setting.variables().forEach(variablesAsked::add);
        settings.put(setting.key(), setting);
    }

    private void throwProblems() {
        if (problems.count() > 0) {
            throw new ConfigException(problems.sorted());
        }
        finished = true;
    }

    private void warnOfUnknownVariables() {
        for (String variable : new TreeSet<>(environment.keySet())) {
            if (!variablesAsked.contains(variable)
                    && PREFIXES.stream().anyMatch(variable::startsWith)) {
                warn(
                        "environment "
                                + variable
                                + ": unknown, has no effect"
                                + DidYouMean.hint(variable, variablesAsked));
            }
        }
    }

    private TomlParseResult parseToml(String toml) {
        TomlParseResult result = Toml.parse(toml);
        for (TomlParseError error : result.errors()) {
            problems.addSyntax(
                    Place.line(name, error.position().line()),
                    "column " + error.position().column() + ": " + withoutContent(error));
        }
        return result;
    }

    /** The parser repeats what it stumbled over, which may be part of a password. */
    private static String withoutContent(TomlParseError error) {
        String message = String.valueOf(error.getMessage());
        int quoteEnd = message.lastIndexOf("', expected");
        return message.startsWith("Unexpected '") && quoteEnd > 0
                ? "unexpected text" + message.substring(quoteEnd + 1)
                : message;
    }

    private static String readFile(Path file) {
        try (InputStream in = Files.newInputStream(file)) {
            byte[] bytes = in.readNBytes(Limits.FILE_BYTES_MAX + 1);
            if (bytes.length > Limits.FILE_BYTES_MAX) {
                throw unreadable(file, "longer than " + Limits.FILE_BYTES_MAX + " bytes");
            }
            return StandardCharsets.UTF_8.newDecoder().decode(ByteBuffer.wrap(bytes)).toString();
        } catch (CharacterCodingException e) {
            throw unreadable(file, "not UTF-8");
        } catch (NoSuchFileException e) {
            throw unreadable(file, "no such file");
        } catch (IOException e) {
            throw unreadable(file, IoReason.of(e));
        }
    }

    private static OperatorException unreadable(Path file, String reason) {
        return new OperatorException(
                ExitCode.ENVIRONMENT, "configuration " + file + " cannot be read: " + reason);
    }
}
