package dev.mapsovereign.engine.router;

import java.io.EOFException;
import java.io.IOException;
import java.net.UnknownHostException;
import java.security.cert.CertPathBuilderException;
import java.security.cert.CertificateExpiredException;
import java.security.cert.CertificateNotYetValidException;
import java.security.cert.CertificateRevokedException;

/** Why a connection failed, in words for whoever looks after the endpoint. */
final class ConnectionFailure {
    private ConnectionFailure() {}

    static String reason(IOException failed) {
        for (Throwable cause = failed; cause != null; cause = cause.getCause()) {
            switch (cause) {
                case CertificateExpiredException expired -> {
                    return "its certificate has expired, " + expired.getMessage();
                }
                case CertificateNotYetValidException early -> {
                    return "its certificate is not valid yet, " + early.getMessage();
                }
                case CertificateRevokedException revoked -> {
                    return "its certificate was revoked on " + revoked.getRevocationDate();
                }
                case CertPathBuilderException _ -> {
                    return "its certificate comes from no authority that is trusted";
                }
                case UnknownHostException unknown -> {
                    return "no address is known for " + unknown.getMessage();
                }
                default -> {
                    // Wrapped around one of these, or none of them.
                }
            }
        }
        if (failed.getMessage() != null) {
            return failed.getMessage();
        }
        return failed instanceof EOFException
                ? "the connection ended"
                : failed.getClass().getSimpleName();
    }
}
