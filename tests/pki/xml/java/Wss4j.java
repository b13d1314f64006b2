import java.io.File;
import java.util.List;
import java.util.Properties;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.apache.ws.security.WSConstants;
import org.apache.ws.security.WSDataRef;
import org.apache.ws.security.WSSConfig;
import org.apache.ws.security.WSSecurityEngine;
import org.apache.ws.security.WSSecurityEngineResult;
import org.apache.ws.security.components.crypto.Crypto;
import org.apache.ws.security.components.crypto.CryptoFactory;
import org.apache.ws.security.message.WSSecHeader;
import org.apache.ws.security.message.WSSecSignature;
import org.apache.ws.security.util.WSSecurityUtil;
import org.apache.ws.security.validate.NoOpValidator;
import org.w3c.dom.Document;

/**
 * WSS4J, as Java clients of the bus use it.
 *
 *   Wss4j STORE PASSWORD ALIAS verify FILE…        one line a file: what is signed, or why it is refused
 *   Wss4j STORE PASSWORD ALIAS sign ENVELOPE OUT   OUT.key-identifier.xml, OUT.issuer-serial.xml, OUT.binary-token.xml
 *
 * The term and chain of the certificate are not judged here: the tests' certificates have a clock of their own.
 */
public final class Wss4j {
    public static void main(String[] arguments) throws Exception {
        Properties properties = new Properties();
        properties.put("org.apache.ws.security.crypto.provider", "org.apache.ws.security.components.crypto.Merlin");
        properties.put("org.apache.ws.security.crypto.merlin.keystore.type", "pkcs12");
        properties.put("org.apache.ws.security.crypto.merlin.keystore.file", arguments[0]);
        properties.put("org.apache.ws.security.crypto.merlin.keystore.password", arguments[1]);
        Crypto crypto = CryptoFactory.getInstance(properties);
        if (arguments[3].equals("verify")) {
            for (int n = 4; n < arguments.length; n++) {
                System.out.println(verify(crypto, read(arguments[n])));
            }
        } else {
            sign(crypto, arguments, "key-identifier", WSConstants.X509_KEY_IDENTIFIER);
            sign(crypto, arguments, "issuer-serial", WSConstants.ISSUER_SERIAL);
            sign(crypto, arguments, "binary-token", WSConstants.BST_DIRECT_REFERENCE);
        }
    }

    private static String verify(Crypto crypto, Document document) {
        WSSConfig config = WSSConfig.getNewInstance();
        config.setValidator(WSSecurityEngine.SIGNATURE, NoOpValidator.class);
        WSSecurityEngine engine = new WSSecurityEngine();
        engine.setWssConfig(config);
        try {
            List<WSSecurityEngineResult> results = engine.processSecurityHeader(document, null, null, crypto);
            WSSecurityEngineResult signed = WSSecurityUtil.fetchActionResult(results, WSConstants.SIGN);
            StringBuilder told = new StringBuilder("signed");
            for (Object each : (List<?>) signed.get(WSSecurityEngineResult.TAG_DATA_REF_URIS)) {
                told.append(' ').append(((WSDataRef) each).getName());
            }
            return told.toString();
        } catch (Exception error) {
            return "refused " + error.getMessage();
        }
    }

    private static void sign(Crypto crypto, String[] arguments, String form, int identifier) throws Exception {
        Document document = read(arguments[4]);
        WSSecHeader header = new WSSecHeader();
        header.insertSecurityHeader(document);
        WSSecSignature signature = new WSSecSignature();
        signature.setUserInfo(arguments[2], arguments[1]);
        signature.setKeyIdentifierType(identifier);
        signature.setSignatureAlgorithm("http://www.w3.org/2001/04/xmldsig-more#rsa-sha256");
        signature.setDigestAlgo("http://www.w3.org/2001/04/xmlenc#sha256");
        Document signed = signature.build(document, crypto, header);
        File out = new File(arguments[5] + "." + form + ".xml");
        TransformerFactory.newInstance().newTransformer().transform(new DOMSource(signed), new StreamResult(out));
    }

    private static Document read(String name) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        return factory.newDocumentBuilder().parse(new File(name));
    }
}
