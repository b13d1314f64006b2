import java.io.File;
import java.io.FileInputStream;
import java.security.Key;
import java.security.KeyStore;
import java.security.cert.X509Certificate;
import java.util.ArrayList;
import java.util.Base64;
import java.util.List;
import javax.xml.parsers.DocumentBuilderFactory;
import javax.xml.transform.TransformerFactory;
import javax.xml.transform.dom.DOMSource;
import javax.xml.transform.stream.StreamResult;
import org.apache.xml.security.Init;
import org.apache.xml.security.signature.XMLSignature;
import org.apache.xml.security.transforms.Transforms;
import org.w3c.dom.Document;
import org.w3c.dom.Element;
import org.w3c.dom.NodeList;

/**
 * Apache Santuario, as NCANode and other Java programs of the country use it.
 *
 *   Santuario verify FILE…                             one line a file: what each signature covers, the last one first
 *   Santuario sign STORE PASSWORD ALIAS C14N TIMES IN OUT   enveloped signatures, one after another
 */
public final class Santuario {
    private static final String DS = "http://www.w3.org/2000/09/xmldsig#";

    public static void main(String[] arguments) throws Exception {
        Init.init();
        if (arguments[0].equals("verify")) {
            for (int n = 1; n < arguments.length; n++) {
                System.out.println(verify(read(arguments[n])));
            }
        } else {
            sign(arguments);
        }
    }

    private static String verify(Document document) throws Exception {
        List<String> told = new ArrayList<>();
        NodeList found = document.getElementsByTagNameNS(DS, "Signature");
        while (found.getLength() > 0) {
            Element element = (Element) found.item(found.getLength() - 1);
            XMLSignature signature = new XMLSignature(element, "", true);
            X509Certificate certificate = signature.getKeyInfo().getX509Certificate();
            boolean holds = signature.checkSignatureValue(certificate);
            byte[] content = holds ? signature.getSignedInfo().item(0).getContentsAfterTransformation().getBytes() : new byte[0];
            told.add(holds ? Base64.getEncoder().encodeToString(content) : "invalid");
            element.getParentNode().removeChild(element);
        }
        return String.join(" ", told);
    }

    private static void sign(String[] arguments) throws Exception {
        KeyStore store = KeyStore.getInstance("PKCS12");
        try (FileInputStream stream = new FileInputStream(arguments[1])) {
            store.load(stream, arguments[2].toCharArray());
        }
        Key key = store.getKey(arguments[3], arguments[2].toCharArray());
        X509Certificate certificate = (X509Certificate) store.getCertificate(arguments[3]);
        String kind = key.getAlgorithm().equals("RSA") ? "rsa" : "ecdsa";
        Document document = read(arguments[6]);
        for (int n = 0; n < Integer.parseInt(arguments[5]); n++) {
            XMLSignature signature = new XMLSignature(document, "", "http://www.w3.org/2001/04/xmldsig-more#" + kind + "-sha256");
            document.getDocumentElement().appendChild(signature.getElement());
            Transforms transforms = new Transforms(document);
            transforms.addTransform(Transforms.TRANSFORM_ENVELOPED_SIGNATURE);
            if (!arguments[4].isEmpty()) {
                transforms.addTransform(arguments[4]);
            }
            signature.addDocument("", transforms, "http://www.w3.org/2001/04/xmlenc#sha256");
            signature.addKeyInfo(certificate);
            signature.sign(key);
        }
        TransformerFactory.newInstance().newTransformer().transform(new DOMSource(document), new StreamResult(new File(arguments[7])));
    }

    private static Document read(String name) throws Exception {
        DocumentBuilderFactory factory = DocumentBuilderFactory.newInstance();
        factory.setNamespaceAware(true);
        return factory.newDocumentBuilder().parse(new File(name));
    }
}
