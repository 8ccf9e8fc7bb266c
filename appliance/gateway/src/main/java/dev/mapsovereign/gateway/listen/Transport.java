package dev.mapsovereign.gateway.listen;

import java.io.IOException;
import java.security.cert.X509Certificate;
import java.util.List;
import java.util.Optional;

/**
 * The bytes of one connection, plain or inside TLS. One thread reads; several may write, one at a
 * time.
 */
public interface Transport {
    /**
     * Makes the connection ready for application bytes.
     *
     * @throws IOException when the peers cannot agree; the connection is useless then
     */
    void open() throws IOException;

    /**
     * Reads at least one byte, waiting for it.
     *
     * @return how many bytes, or −1 when the peer sends no more
     */
    int read(byte[] into, int offset, int length) throws IOException;

    /** Writes all of the bytes. */
    void write(byte[] from, int offset, int length) throws IOException;

    /** Tells the peer, in order, that nothing more will come; reading stays possible. */
    void closeOutput() throws IOException;

    /**
     * Takes and drops what the peer still sends, below any encryption, until it stops or {@code
     * bytesMax} went by.
     */
    void discardInput(long bytesMax) throws IOException;

    /**
     * Gives back the memory that a connection does not need while it waits for its next request.
     */
    void rest();

    /** What ALPN chose: {@code h2} or {@code http/1.1}; empty without TLS or without ALPN. */
    Optional<String> applicationProtocol();

    /** Whether the bytes are encrypted. */
    boolean secure();

    /** The certificates that the client showed and TLS verified, leaf first. */
    List<X509Certificate> clientCertificates();
}
