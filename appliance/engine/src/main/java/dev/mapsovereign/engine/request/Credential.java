package dev.mapsovereign.engine.request;

import java.security.cert.X509Certificate;

/** What a caller showed to say who it is; nothing in here has been verified. */
public sealed interface Credential {
    /** Nothing was shown. */
    record Anonymous() implements Credential {
        /** The only value needed. */
        public static final Anonymous INSTANCE = new Anonymous();
    }

    /**
     * A bearer API key.
     *
     * @param presented the text after {@code Bearer}; a secret
     */
    record ApiKey(String presented) implements Credential {
        /** Keeps the secret out of logs and exception texts. */
        @Override
        public String toString() {
            return "ApiKey[…]";
        }
    }

    /**
     * A request signed by the caller's DID key; the four texts as they stood in the header.
     *
     * @param session id of the session that the MACS handshake opened
     * @param created unix seconds
     * @param nonce unpadded base64url of 16 to 32 bytes
     * @param signature unpadded base64url of 64 bytes
     */
    record DidAuth(String session, String created, String nonce, String signature)
            implements Credential {}

    /**
     * A call that an agent of another organization signed, let in by a treaty; the texts as they
     * stood in the header.
     *
     * @param treaty its id
     * @param created unix seconds
     * @param nonce unpadded base64url of 16 to 32 bytes
     * @param signature unpadded base64url of 64 bytes
     */
    record Treaty(String treaty, String created, String nonce, String signature)
            implements Credential {}

    /**
     * A client certificate whose key the caller was proven to have by the handshake.
     *
     * @param leaf the certificate itself, not judged in any way
     */
    record ClientCertificate(X509Certificate leaf) implements Credential {}

    /**
     * Something that cannot be any of the others.
     *
     * @param reason what is wrong with it, without its content
     */
    record Malformed(String reason) implements Credential {}

    /**
     * An operator on this host, whose peer credentials the control socket has checked.
     *
     * @param operator user name or number on this host
     */
    record ControlSocket(String operator) implements Credential {}
}
