package dev.mapsovereign.gateway.forward;

import dev.mapsovereign.base.crypto.StrictBase64;
import dev.mapsovereign.base.error.ErrorCode;
import dev.mapsovereign.base.identity.TenantId;
import dev.mapsovereign.base.json.JsonException;
import dev.mapsovereign.base.json.JsonObject;
import dev.mapsovereign.engine.request.EngineResponse;
import dev.mapsovereign.engine.request.Refusal;
import dev.mapsovereign.gateway.http.Fields;
import dev.mapsovereign.gateway.http.Request;
import dev.mapsovereign.gateway.http.RequestException;
import dev.mapsovereign.gateway.http.RequestHandler.BrokenRequest;
import java.io.ByteArrayInputStream;
import java.security.cert.CertificateException;
import java.security.cert.CertificateFactory;
import java.security.cert.X509Certificate;
import java.util.EnumSet;
import java.util.List;
import java.util.Map;
import java.util.Optional;
import java.util.Set;
import java.util.concurrent.ConcurrentHashMap;

/**
 * A request that a gateway met and an engine host answers, as if it had come here itself: with the
 * caller's address, the authority that it addressed, the certificate that it showed, the time since
 * its first byte. What the gateway could not read is said in the request's place, so that it is
 * refused and recorded here.
 */
public final class ForwardedRequest implements Request {
    /** Where engine hosts take these; nothing but gateways gets there. */
    public static final String PATH = "/v1/forward";

    /** Media type of both ways. */
    public static final String MEDIA_TYPE = "application/vnd.map.forward";

    /** What kept a request from being forwarded whole. */
    public enum Obstacle {
        /** Nothing did. */
        NONE,
        /** Its head could not be read. */
        HEAD,
        /** Its body could not be read. */
        BODY,
        /** An engine host had it and did not answer. */
        LOST
    }

    private static final Map<String, X509Certificate> CERTIFICATES = new ConcurrentHashMap<>();

    /** What a host refuses because of itself, before anything came of the call. */
    private static final Set<ErrorCode> AWAY =
            EnumSet.of(ErrorCode.DRAINING, ErrorCode.AUDIT_UNAVAILABLE);

    private static final long NANOS_PER_MICRO = 1_000;

    private final JsonObject head;
    private final Fields fields;
    private final List<X509Certificate> certificates;
    private final byte[] content;
    private final long receivedNanos;
    private Optional<TenantId> tenant = Optional.empty();
    private boolean undone;

    private ForwardedRequest(
            Frame frame, Fields fields, List<X509Certificate> certificates, long receivedNanos) {
        this.head = frame.head();
        this.fields = fields;
        this.certificates = certificates;
        this.content = frame.content();
        this.receivedNanos = receivedNanos;
    }

    /**
     * What is sent of a request that was read whole.
     *
     * @param body its body
     */
    public static byte[] whole(Request request, byte[] body) {
        return new Frame(head(request).build(), body).bytes();
    }

    /** What is sent of a request that something kept from being read or answered. */
    public static byte[] obstructed(Request request, Obstacle obstacle, RequestException why) {
        return new Frame(said(head(request), obstacle, why).build(), new byte[0]).bytes();
    }

    /** What is sent of what never became a request. */
    public static byte[] broken(BrokenRequest broken) {
        JsonObject.Builder head =
                JsonObject.builder()
                        .put("elapsed_us", micros(broken.receivedNanos()))
                        .putIfPresent("method", broken.method())
                        .put("source", broken.source())
                        .putIfPresent("target", broken.target());
        return new Frame(said(head, Obstacle.HEAD, broken.problem()).build(), new byte[0]).bytes();
    }

    private static JsonObject.Builder head(Request request) {
        JsonObject.Builder head =
                JsonObject.builder()
                        .put("announced", request.announcedLength())
                        .put("authority", request.authority())
                        .put("elapsed_us", micros(request.receivedNanos()))
                        .put("fields", Frame.texts(request.fields().all()))
                        .put("method", request.method())
                        .put("secure", request.secure())
                        .put("source", request.source())
                        .put("target", request.target());
        if (!request.clientCertificates().isEmpty()) {
            head.put("certificate", encoded(request.clientCertificates().getFirst()));
        }
        return head;
    }

    private static JsonObject.Builder said(
            JsonObject.Builder head, Obstacle obstacle, RequestException why) {
        return head.put("obstacle", obstacle.name())
                .put("code", why.code().wire())
                .put("message", why.reason());
    }

    private static long micros(long sinceNanos) {
        return Math.max(0, (System.nanoTime() - sinceNanos) / NANOS_PER_MICRO);
    }

    private static String encoded(X509Certificate certificate) {
        try {
            return StrictBase64.encodeUrl(certificate.getEncoded());
        } catch (CertificateException e) {
            throw new IllegalStateException("a certificate of a handshake has an encoding", e);
        }
    }

    /**
     * Reads one.
     *
     * @param receivedNanos when its first byte came here
     * @throws RequestException {@code malformed_request} if it is none
     */
    public static ForwardedRequest parse(byte[] bytes, long receivedNanos) throws RequestException {
        try {
            Frame frame = Frame.parse(bytes);
            Fields.Builder fields = Fields.builder();
            Frame.fields(frame.head()).forEach(field -> fields.add(field.name(), field.value()));
            Optional<String> certificate = frame.head().text("certificate");
            ForwardedRequest request =
                    new ForwardedRequest(
                            frame,
                            fields.build(),
                            certificate.isEmpty()
                                    ? List.of()
                                    : List.of(certificate(certificate.get())),
                            receivedNanos
                                    - NANOS_PER_MICRO
                                            * frame.head().integer("elapsed_us").orElse(0));
            request.obstacle();
            request.problem();
            return request;
        } catch (JsonException | IllegalArgumentException | CertificateException e) {
            throw RequestException.malformed("not a forwarded request: " + e.getMessage());
        }
    }

    /** Parsed once as long as it is kept: agents come again and again. */
    private static X509Certificate certificate(String text) throws CertificateException {
        X509Certificate known = CERTIFICATES.get(text);
        if (known != null) {
            return known;
        }
        X509Certificate parsed =
                (X509Certificate)
                        CertificateFactory.getInstance("X.509")
                                .generateCertificate(
                                        new ByteArrayInputStream(StrictBase64.decodeUrl(text)));
        if (CERTIFICATES.size() >= Limits.CERTIFICATES_KEPT_MAX) {
            CERTIFICATES.clear();
        }
        CERTIFICATES.put(text, parsed);
        return parsed;
    }

    /** What kept it from coming whole. */
    public Obstacle obstacle() {
        return head.text("obstacle").map(Obstacle::valueOf).orElse(Obstacle.NONE);
    }

    /** What the gateway said of that; {@code internal} where there is nothing to say. */
    public RequestException problem() {
        return new RequestException(
                head.text("code")
                        .map(code ->
                                ErrorCode.ofWire(code)
                                        .orElseThrow(() ->
                                                new IllegalArgumentException("no code " + code)))
                        .orElse(ErrorCode.INTERNAL),
                head.text("message").orElse(""));
    }

    /** It as what never became a request. */
    public BrokenRequest broken() {
        return new BrokenRequest(
                source(), head.text("method"), head.text("target"), problem(), receivedNanos);
    }

    /** Whose call it turned out to be. */
    public Optional<String> tenant() {
        return tenant.map(TenantId::value);
    }

    /** Whether this host took nothing on, so that another one may. */
    public boolean undone() {
        return undone;
    }

    /** A frame is whole. */
    @Override
    public boolean takesParts() {
        return false;
    }

    @Override
    public void decided(EngineResponse response) {
        tenant = response.metadata().tenant();
        undone =
                response instanceof EngineResponse.Refused(Refusal refusal, var _)
                        && AWAY.contains(refusal.code())
                        && refusal.details().text("effect").orElse("none").equals("none");
    }

    @Override
    public String method() {
        return head.text("method").orElse("");
    }

    @Override
    public String target() {
        return head.text("target").orElse("");
    }

    @Override
    public String authority() {
        return head.text("authority").orElse("");
    }

    @Override
    public Fields fields() {
        return fields;
    }

    @Override
    public String source() {
        return head.text("source").orElse("");
    }

    @Override
    public boolean secure() {
        return head.bool("secure").orElse(false);
    }

    @Override
    public List<X509Certificate> clientCertificates() {
        return certificates;
    }

    @Override
    public long receivedNanos() {
        return receivedNanos;
    }

    @Override
    public long announcedLength() {
        return head.integer("announced").orElse(-1);
    }

    @Override
    public byte[] body(int bytesMax) throws RequestException {
        if (obstacle() != Obstacle.NONE) {
            throw problem();
        }
        if (content.length > bytesMax) {
            throw new RequestException(
                    ErrorCode.MESSAGE_TOO_LARGE,
                    "the request body has more than " + bytesMax + " bytes");
        }
        return content;
    }
}
