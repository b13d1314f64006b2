import java.io.ByteArrayInputStream;
import java.io.FileInputStream;
import java.io.StringWriter;
import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.HttpRequest;
import java.net.http.HttpRequest.BodyPublishers;
import java.net.http.HttpResponse;
import java.net.http.HttpResponse.BodyHandlers;
import java.security.KeyStore;
import java.security.cert.Certificate;
import java.security.cert.CertificateFactory;
import java.util.List;
import java.util.Properties;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.apache.ws.security.WSConstants;
import org.apache.ws.security.WSDataRef;
import org.apache.ws.security.WSSecurityEngine;
import org.apache.ws.security.WSSecurityEngineResult;
import org.apache.ws.security.components.crypto.CryptoFactory;
import org.apache.ws.security.components.crypto.Merlin;
import org.apache.ws.security.message.WSSecHeader;
import org.apache.ws.security.message.WSSecSignature;
import org.apache.ws.security.util.WSSecurityUtil;
import org.w3c.dom.Document;

/**
 * A client of SyncChannel over WSS4J, with its defaults: it asks once with each form of KeyInfo, and then without a signature. It
 * verifies each answer: signature, chain and term of the certificate, and that the Body is what was signed.
 *
 *   Wss4jClient STORE PASSWORD ALIAS TRUSTED-PEM URL ENVELOPE     a line an answer: HTTP status, signed elements, code, surname
 */
public final class Wss4jClient {
    private static final int[] FORMS = {
        WSConstants.ISSUER_SERIAL,
        WSConstants.X509_KEY_IDENTIFIER,
        WSConstants.BST_DIRECT_REFERENCE,
        WSConstants.SKI_KEY_IDENTIFIER,
        WSConstants.THUMBPRINT_IDENTIFIER,
    };

    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.put("org.apache.ws.security.crypto.provider", "org.apache.ws.security.components.crypto.Merlin");
        properties.put("org.apache.ws.security.crypto.merlin.keystore.type", "pkcs12");
        properties.put("org.apache.ws.security.crypto.merlin.keystore.file", arguments[0]);
        properties.put("org.apache.ws.security.crypto.merlin.keystore.password", arguments[1]);
        Merlin crypto = (Merlin) CryptoFactory.getInstance(properties);
        crypto.setTrustStore(trust(arguments[3]));
        HttpClient client = HttpClient.newHttpClient();
        for (int form : FORMS) {
            WSSecSignature signature = new WSSecSignature();
            signature.setUserInfo(arguments[2], arguments[1]);
            signature.setKeyIdentifierType(form);
            signature.setSignatureAlgorithm("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256");
            signature.setDigestAlgo("http://www.w3.org/2001/04/xmlenc#sha256");
            Document envelope = parse(new FileInputStream(arguments[5]).readAllBytes());
            WSSecHeader header = new WSSecHeader();
            header.insertSecurityHeader(envelope);
            System.out.println(ask(client, arguments[4], signature.build(envelope, crypto, header), crypto));
        }
        System.out.println(ask(client, arguments[4], parse(new FileInputStream(arguments[5]).readAllBytes()), crypto));
    }

    private static String ask(HttpClient client, String url, Document envelope, Merlin crypto) throws Exception {
        StringWriter text = new StringWriter();
        TransformerFactory.newInstance().newTransformer().transform(new DOMSource(envelope), new StreamResult(text));
        HttpRequest request = HttpRequest.newBuilder(URI.create(url))
            .header("Content-Type", "text/xml; charset=UTF-8")
            .header("SOAPAction", "\"\"")
            .POST(BodyPublishers.ofString(text.toString()))
            .build();
        HttpResponse<byte[]> answer = client.send(request, BodyHandlers.ofByteArray());
        return answer.statusCode() + tell(parse(answer.body()), crypto);
    }

    private static String tell(Document answer, Merlin crypto) throws Exception {
        List<WSSecurityEngineResult> results = new WSSecurityEngine().processSecurityHeader(answer, null, null, crypto);
        WSSecurityEngineResult signed = WSSecurityUtil.fetchActionResult(results, WSConstants.SIGN);
        StringBuilder told = new StringBuilder();
        for (Object each : (List<?>) signed.get(WSSecurityEngineResult.TAG_DATA_REF_URIS)) {
            told.append(' ').append(((WSDataRef) each).getName().getLocalPart());
        }
        for (String name : List.of("code", "surname", "errorCode")) {
            if (answer.getElementsByTagName(name).getLength() > 0) {
                told.append(' ').append(answer.getElementsByTagName(name).item(0).getTextContent());
            }
        }
        return told.toString();
    }

    private static KeyStore trust(String file) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        store.load(null, null);
        try (FileInputStream pem = new FileInputStream(file)) {
            for (Certificate certificate : CertificateFactory.getInstance("X.509").generateCertificates(pem)) {
                store.setCertificateEntry("trusted-" + store.size(), certificate);
            }
        }
        return store;
    }

    private static Document parse(byte[] xml) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        return factory.newDocumentBuilder().parse(new ByteArrayInputStream(xml));
    }
}
