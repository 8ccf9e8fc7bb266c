package dev.mapsovereign.gateway.tls;

import dev.mapsovereign.base.tls.TlsFiles;
import java.net.Socket;
import java.security.Principal;
import java.security.PrivateKey;
import java.security.cert.X509Certificate;
import java.util.List;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.X509ExtendedKeyManager;
import org.jspecify.annotations.Nullable;

/**
 * Shows the one certificate that a listener has. It can be exchanged while the listener runs:
 * handshakes that begin later show the new one.
 */
final class ServerIdentity extends X509ExtendedKeyManager {
    private static final String ALIAS = "server";

    private volatile TlsFiles files;

    ServerIdentity(TlsFiles files) {
        this.files = files;
    }

    /** Whether that is another certificate, or another chain, than the one until now. */
    boolean replace(TlsFiles newer) {
        boolean other = !newer.chain().equals(files.chain());
        files = newer;
        return other;
    }

    List<X509Certificate> certificates() {
        return files.chain();
    }

    @Override
    public @Nullable String chooseEngineServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable SSLEngine engine) {
        return alias(keyType);
    }

    @Override
    public @Nullable String chooseServerAlias(
            String keyType, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return alias(keyType);
    }

    @Override
    public String @Nullable [] getServerAliases(String keyType, Principal @Nullable [] issuers) {
        String alias = alias(keyType);
        return alias == null ? null : new String[] {alias};
    }

    @Override
    public X509Certificate[] getCertificateChain(String alias) {
        return files.chain().toArray(X509Certificate[]::new);
    }

    @Override
    public PrivateKey getPrivateKey(String alias) {
        return files.key();
    }

    @Override
    public @Nullable String chooseClientAlias(
            String[] keyTypes, Principal @Nullable [] issuers, @Nullable Socket socket) {
        return null;
    }

    @Override
    public String @Nullable [] getClientAliases(String keyType, Principal @Nullable [] issuers) {
        return null;
    }

    private @Nullable String alias(String keyType) {
        return files.chain().getFirst().getPublicKey().getAlgorithm().equals(keyType)
                ? ALIAS
                : null;
    }
}
