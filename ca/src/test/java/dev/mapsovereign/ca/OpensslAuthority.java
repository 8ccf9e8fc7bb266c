package dev.mapsovereign.ca;

import static org.assertj.core.api.Assertions.assertThat;

import java.io.IOException;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.ArrayList;
import java.util.List;
import java.util.concurrent.TimeUnit;

/** An authority as another organization makes one: by openssl, in a folder. */
final class OpensslAuthority {
    static final String CA = "basicConstraints=critical,CA:true,pathlen:0";
    static final String USAGE = "keyUsage=critical,keyCertSign,cRLSign";
    static final String SERVER_NAMES =
            "nameConstraints=critical,permitted;DNS:node1.example,permitted;IP:127.0.0.1/255.255.255.255";
    static final String P256 = "EC -pkeyopt ec_paramgen_curve:P-256";

    private final Path folder;
    private final String key;

    /**
     * Begins with a root.
     *
     * @param key kind of all keys, as {@code openssl genpkey -algorithm} takes it
     */
    OpensslAuthority(Path folder, String key) throws Exception {
        this.folder = Files.createDirectories(folder);
        this.key = key;
        key("root");
        root("basicConstraints=critical,CA:true,pathlen:1", USAGE);
    }

    /** The usual two issuers below it. */
    OpensslAuthority whole() throws Exception {
        issuer("server", CA, USAGE, SERVER_NAMES, "extendedKeyUsage=serverAuth,clientAuth");
        issuer("agent", CA, USAGE, "extendedKeyUsage=clientAuth");
        return this;
    }

    Path folder() {
        return folder;
    }

    /** A new key under that name. */
    void key(String name) throws Exception {
        List<String> command = new ArrayList<>(List.of("genpkey", "-algorithm"));
        command.addAll(List.of(key.split(" ")));
        command.addAll(List.of("-out", file(name + ".key")));
        openssl(command);
    }

    /** The root anew, for the key that is there. */
    void root(String... extensions) throws Exception {
        List<String> command =
                new ArrayList<>(
                        List.of(
                                "req",
                                "-x509",
                                "-new",
                                "-config",
                                configuration(),
                                "-key",
                                file("root.key"),
                                "-subj",
                                "/O=Elsewhere/CN=Elsewhere Root",
                                "-days",
                                "3000",
                                "-out",
                                file("root.pem")));
        for (String extension : extensions) {
            command.addAll(List.of("-addext", extension));
        }
        openssl(command);
    }

    /** Without any default extension. */
    private String configuration() throws IOException {
        Path file = folder.resolve("openssl.cnf");
        Files.writeString(file, "[req]\ndistinguished_name=dn\n[dn]\n");
        return file.toString();
    }

    /** An issuer below the root, with a key of its own. */
    void issuer(String name, String... extensions) throws Exception {
        issuer(name, List.of(), extensions);
    }

    /** The same with more options of {@code openssl x509}. */
    void issuer(String name, List<String> options, String... extensions) throws Exception {
        key(name);
        Files.writeString(folder.resolve(name + ".ext"), String.join("\n", extensions) + "\n");
        openssl(
                List.of(
                        "req",
                        "-new",
                        "-config",
                        configuration(),
                        "-key",
                        file(name + ".key"),
                        "-subj",
                        "/O=Elsewhere/CN=Elsewhere " + name,
                        "-out",
                        file(name + ".csr")));
        List<String> sign =
                new ArrayList<>(
                        List.of(
                                "x509",
                                "-req",
                                "-in",
                                file(name + ".csr"),
                                "-CA",
                                file("root.pem"),
                                "-CAkey",
                                file("root.key"),
                                "-set_serial",
                                "4711",
                                "-extfile",
                                file(name + ".ext"),
                                "-out",
                                file(name + ".pem")));
        sign.addAll(options.isEmpty() ? List.of("-days", "1000") : options);
        openssl(sign);
    }

    private String file(String name) {
        return folder.resolve(name).toString();
    }

    static String openssl(List<String> arguments) throws Exception {
        List<String> command = new ArrayList<>(List.of("openssl"));
        command.addAll(arguments);
        Process process = new ProcessBuilder(command).redirectErrorStream(true).start();
        process.getOutputStream().close();
        String output = new String(process.getInputStream().readAllBytes(), StandardCharsets.UTF_8);
        assertThat(process.waitFor(60, TimeUnit.SECONDS)).isTrue();
        assertThat(process.exitValue()).as("%s: %s", arguments, output).isZero();
        return output;
    }
}
