package dev.mapsovereign.auditkafka;

import java.io.IOException;
import java.nio.file.Files;
import java.nio.file.Path;
import java.util.UUID;
import kafka.Kafka;
import kafka.tools.StorageTool;

/**
 * Apache Kafka's broker in a process of its own, which ends when its standard input does: with the
 * test, however that ends. Formats the storage at the first start.
 */
public final class BrokerProgram {
    private BrokerProgram() {}

    /** Arguments: the broker's properties file. */
    public static void main(String[] arguments) throws IOException {
        Thread.ofPlatform().daemon().start(BrokerProgram::endWithInput);
        Path properties = Path.of(arguments[0]);
        if (!Files.exists(properties.resolveSibling("data").resolve("meta.properties"))) {
            int status =
                    StorageTool.execute(
                            new String[] {
                                "format",
                                "--cluster-id",
                                UUID.nameUUIDFromBytes(new byte[1]).toString().substring(0, 22),
                                "--config",
                                properties.toString()
                            },
                            System.out);
            if (status != 0) {
                System.exit(status);
            }
        }
        Kafka.main(arguments);
    }

    private static void endWithInput() {
        try {
            while (System.in.read() >= 0) {
                // nobody sends anything
            }
        } catch (IOException e) {
            // the same as the end
        }
        Runtime.getRuntime().halt(1);
    }
}
