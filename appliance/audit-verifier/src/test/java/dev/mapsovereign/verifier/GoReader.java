package dev.mapsovereign.verifier;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import org.junit.jupiter.api.Assumptions;

/** The reader of {@code src/test/go/readlog}, built with Go from Debian's packages. */
final class GoReader {
    private static final Path LIBRARIES = Path.of("/usr/share/gocode");

    private final Path program;

    private GoReader(Path program) {
        this.program = program;
    }

    /** Builds it; skips where Go or its library is missing, but not in the project's own build. */
    static GoReader build(Path folder) throws IOException {
        if (!Verifiers.hasProgram("go")
                || !Files.isDirectory(LIBRARIES.resolve("src/golang.org/x/mod/sumdb"))) {
            assertThat(System.getenv("CI"))
                    .as("golang-go or golang-golang-x-mod-dev is missing")
                    .isNull();
            Assumptions.abort("Go is missing: other people's reader was NOT tried");
        }
        Path program = folder.resolve("readlog");
        Verifiers.Outcome built =
                Verifiers.run(
                        List.of(
                                "env",
                                "GO111MODULE=off",
                                "GOFLAGS=",
                                "CGO_ENABLED=0",
                                "GOPATH=" + LIBRARIES,
                                "GOCACHE=" + folder.resolve("go-cache"),
                                "go",
                                "build",
                                "-o",
                                program.toString(),
                                Path.of("src/test/go/readlog/main.go")
                                        .toAbsolutePath()
                                        .toString()));
        assertThat(built.exit()).as(built.output()).isZero();
        return new GoReader(program);
    }

    /** Reads one log. */
    Verifiers.Outcome read(String url, String vkey, long seed, Path... checkpoints) {
        List<String> command =
                new ArrayList<>(List.of(program.toString(), url, vkey, Long.toString(seed)));
        Arrays.stream(checkpoints).map(Path::toString).forEach(command::add);
        return Verifiers.run(command);
    }
}
