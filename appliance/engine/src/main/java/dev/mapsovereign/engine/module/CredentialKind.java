package dev.mapsovereign.engine.module;

/** How the caller proved who it is. */
public enum CredentialKind {
    /** Not at all; only operations marked anonymous accept this. */
    ANONYMOUS("anonymous"),
    /** By an API key. */
    API_KEY("api_key"),
    /** By a request signed with the DID's key. */
    DID_AUTH("did_auth"),
    /** By a request signed with the DID's key, under a treaty with another organization. */
    TREATY("treaty"),
    /** By the certificate of its connection, for a key of its DID. */
    MTLS("mtls"),
    /** By being an operator on this host. */
    CONTROL_SOCKET("control_socket");

    private final String wire;

    CredentialKind(String wire) {
        this.wire = wire;
    }

    /** The name in records. */
    public String wire() {
        return wire;
    }
}
