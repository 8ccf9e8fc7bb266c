package dev.mapsovereign.registry;

import dev.mapsovereign.base.crypto.Ed25519;
import dev.mapsovereign.base.crypto.Secret;
import dev.mapsovereign.base.crypto.Sha256;
import java.nio.charset.StandardCharsets;

/** Keys by name: the same name gives the same key in every test. */
public final class TestKey {
    public static final Ed25519 ED25519 = Ed25519.jdk();

    private TestKey() {}

    public static SigningKey of(String name) {
        byte[] seed = Sha256.hash(("test key " + name).getBytes(StandardCharsets.UTF_8));
        return SigningKey.ofSeed(Secret.copyOf(seed), ED25519);
    }
}
