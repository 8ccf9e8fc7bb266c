package dev.mapsovereign.system;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.List;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import java.util.stream.Stream;
import org.junit.jupiter.api.Test;

/** Reads the repository itself. */
class TidyTest {
    private static final Path ROOT = Path.of("../..").toAbsolutePath().normalize();
    private static final Pattern LINK = Pattern.compile("\\]\\(([^)#\\s]+)(#[^)]*)?\\)");

    private static List<Path> files(String ending) throws IOException {
        try (Stream<Path> walk = Files.walk(ROOT)) {
            List<Path> found =
                    walk.filter(path -> path.toString().endsWith(ending))
                            .filter(Files::isRegularFile)
                            .filter(path ->
                                    Stream.of("/target/", "/.git/", "/.map-quickstart/")
                                            .noneMatch(path.toString()::contains))
                            .toList();
            assertThat(found).as("files %s below %s", ending, ROOT).isNotEmpty();
            return found;
        }
    }

    @Test
    void javaSources_haveNoStrayMarks() throws IOException {
        // Written so that this file does not contain them itself.
        List<String> marks =
                List.of("TO" + "DO", "FIX" + "ME", "XX" + "X ", "System.out.print" + "ln(\"debug");
        for (Path file : files(".java")) {
            String text = Files.readString(file);
            assertThat(marks).as(file.toString()).noneMatch(text::contains);
        }
    }

    @Test
    void javaModules_openWithASentence() throws IOException {
        for (Path file : files("module-info.java")) {
            assertThat(Files.readString(file))
                    .as(file.toString())
                    .contains("/**")
                    .contains("@NullMarked");
        }
    }

    @Test
    void markdownLinks_leadSomewhere() throws IOException {
        for (Path file : files(".md")) {
            Matcher links = LINK.matcher(Files.readString(file));
            while (links.find()) {
                String target = links.group(1);
                if (!target.contains("://") && !target.startsWith("mailto:")) {
                    assertThat(Path.of(file.getParent().toString(), target).normalize())
                            .as("link in %s", ROOT.relativize(file))
                            .exists();
                }
            }
        }
    }

    @Test
    void sqlFiles_openWithWhyAndHowLongTheyLock() throws IOException {
        for (Path file : files(".sql")) {
            assertThat(Files.readString(file))
                    .as(file.toString())
                    .startsWith("--")
                    .contains("Locks:");
        }
    }

    @Test
    void textFiles_endWithOneNewline() throws IOException {
        for (String ending : List.of(".java", ".sql", ".toml", ".sh", ".xml")) {
            for (Path file : files(ending)) {
                byte[] bytes = Files.readAllBytes(file);
                assertThat(bytes).as(file.toString()).isNotEmpty();
                String end =
                        new String(
                                bytes,
                                Math.max(0, bytes.length - 2),
                                Math.min(2, bytes.length),
                                StandardCharsets.UTF_8);
                assertThat(end).as(file.toString()).endsWith("\n").isNotEqualTo("\n\n");
            }
        }
    }
}
