// Java 17, the JDK alone: first call, sign, receive, verify, retry.
import java.io.ByteArrayInputStream;
import java.io.IOException;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse.BodyHandlers;
import java.nio.charset.StandardCharsets;
import java.nio.file.Files;
import java.nio.file.Path;
import java.security.KeyFactory;
import java.security.MessageDigest;
import java.security.PrivateKey;
import java.security.Signature;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.security.spec.PKCS8EncodedKeySpec;
import java.time.Instant;
import java.util.Base64;
import java.util.UUID;
import java.util.regex.Pattern;

class Sample {
    static final HttpClient HTTP = HttpClient.newHttpClient();
    static final Base64.Encoder BASE64 = Base64.getUrlEncoder().withoutPadding();
    static String gateway;
    static String token;
    static int retries;

    public static void main(String[] arguments) throws Exception {
        gateway = arguments[0];
        var system = arguments[1];
        token = Files.readString(Path.of("keys", system + ".token")).strip();
        var pem = Files.readString(Path.of("keys", system + ".pem"));
        var end = pem.indexOf("-----BEGIN CERTIFICATE");
        var encoded = Base64.getMimeDecoder().decode(pem.substring(0, end).replaceAll("-----.*?-----", ""));
        var key = KeyFactory.getInstance("RSA").generatePrivate(new PKCS8EncodedKeySpec(encoded));
        var certificate = readCertificate(pem.substring(end).getBytes(StandardCharsets.US_ASCII));

        var content = "{\"contract\": \"person-query/1\", \"data\": {\"iin\": \"920623239974\"}}";
        var question = "{\"service_id\": \"nr-iin-person\", \"content\": " + content + "}";
        var id = UUID.randomUUID().toString();
        var first = call("POST", "/api/v1/messages?wait=20", question, "Idempotency-Key", id);
        System.out.println("first call: " + find("surname", first));

        var message = UUID.randomUUID().toString();
        var caseId = UUID.randomUUID().toString();
        var body = """
            {"messageInfo": {"messageId": "%s", "correlationId": "%s", "serviceId": "nr-iin-person",
            "messageType": "REQUEST", "messageDate": "%s", "sender": {"senderId": "%s"}, "properties": []},
            "messageData": %s}""".formatted(message, caseId, Instant.now(), system, content);
        var passed = call("POST", "/api/v1/messages/signed", body, "X-Signature", sign(body, key, certificate));
        System.out.println("signed: " + find("message_id", passed).equals(message));

        var mail = call("GET", "/api/v1/messages?wait=20&correlation_id=" + caseId, "");
        var verdict = "{\"status\": \"accepted\"}";
        call("PUT", "/api/v1/messages/" + find("message_id", mail) + "/delivery", verdict);
        System.out.println("received: " + find("contract", mail));

        var vectors = Path.of(arguments[2]);
        var jws = Files.readString(vectors.resolve("message.jws"));
        var good = Files.readString(vectors.resolve("message.json"));
        var changed = Files.readString(vectors.resolve("changed.json"));
        var sender = readCertificate(Files.readAllBytes(vectors.resolve("sender.pem")));
        var forwarder = readCertificate(Files.readAllBytes(vectors.resolve("gateway.pem")));
        var hop = Files.readString(vectors.resolve("hop.jws"));
        System.out.println("verified: " + isSigned(jws, good, sender) + " " + isSigned(jws, changed, sender) + " "
            + isSigned(hop, jws + "." + good, forwarder));
        System.out.println("retried: " + (retries > 0));
    }

    /** One call; a gateway that is away, or says 429 or 503, is asked again: nothing was done. */
    static String call(String method, String path, String body, String... headers) throws Exception {
        var request = HttpRequest.newBuilder(URI.create(gateway + path))
            .method(method, BodyPublishers.ofString(body))
            .header("Authorization", "Bearer " + token)
            .header("Content-Type", "application/json");
        if (headers.length > 0) {
            request.headers(headers);
        }
        for (var attempt = 1; ; attempt++) {
            var wait = 0.2 * Math.pow(2, attempt);
            try {
                var answer = HTTP.send(request.build(), BodyHandlers.ofString());
                if (answer.statusCode() / 100 == 2) {
                    return answer.body();
                }
                if (answer.statusCode() != 429 && answer.statusCode() != 503 || attempt == 5) {
                    throw new IllegalStateException(answer.body());
                }
                wait = answer.headers().firstValue("Retry-After").map(Double::valueOf).orElse(wait);
            } catch (IOException away) {
                if (attempt == 5) {
                    throw away;
                }
            }
            retries++;
            Thread.sleep((long) (wait * 1000));
        }
    }

    /** A detached JWS over the exact bytes (RFC 7797). */
    static String sign(String body, PrivateKey key, Certificate certificate) throws Exception {
        var thumbprint = MessageDigest.getInstance("SHA-256").digest(certificate.getEncoded());
        var header = "{\"alg\": \"RS256\", \"b64\": false, \"crit\": [\"b64\"], \"x5t#S256\": \""
            + BASE64.encodeToString(thumbprint) + "\", \"to\": \"shep_gateway\", \"seq\": 1}";
        var head = BASE64.encodeToString(header.getBytes(StandardCharsets.UTF_8));
        var signature = Signature.getInstance("SHA256withRSA");
        signature.initSign(key);
        signature.update((head + "." + body).getBytes(StandardCharsets.UTF_8));
        return head + ".." + BASE64.encodeToString(signature.sign());
    }

    /** Whether the owner of a certificate made the token over these bytes. */
    static boolean isSigned(String jws, String payload, Certificate signer) throws Exception {
        var parts = jws.split("\\.");
        var signature = Signature.getInstance("SHA256withRSA");
        signature.initVerify(signer.getPublicKey());
        signature.update((parts[0] + "." + payload).getBytes(StandardCharsets.UTF_8));
        return signature.verify(Base64.getUrlDecoder().decode(parts[2]));
    }

    static Certificate readCertificate(byte[] pem) throws Exception {
        return CertificateFactory.getInstance("X.509").generateCertificate(new ByteArrayInputStream(pem));
    }

    /** The first text of this name; a real client reads JSON by its library. */
    static String find(String name, String json) {
        var match = Pattern.compile("\"" + name + "\":\"([^\"]+)").matcher(json);
        return match.find() ? match.group(1) : "";
    }
}
