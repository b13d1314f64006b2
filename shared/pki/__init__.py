"""Keys, certificates and signatures in the profile of НУЦ РК, for every system and for the centre itself.

keys       private keys: made, kept, named by thumbprint
profile    names, usages and policies of НУЦ: who a certificate says its owner is, and for what
authority  what a certification centre signs: certificates, requests, lists of the revoked
faults     the troubles that a test may ask for
der        the shapes of ASN.1 that a signature is written in
gost       GOST R 34.10-2015: an optional suite, off the hot path
asn1       reading: strict, in Rust, by one module; DER out of BER
certificate  what stands in a certificate, encoded
shapes     CMS taken apart, nothing proved yet
signed_data  a document with a person's signature: CMS SignedData, CAdES-BES
cades      what is added beside a signature later: CAdES-T, revocation values
chain      whether a certificate leads to an anchor that we trust
standing   how a certificate stands, and how that became known
crl, ocsp  lists of the revoked and answers about one certificate, proved
tsp        time-stamps, proved
inquiry    asking НУЦ: OCSP, then the lists, then the setting; what is remembered
check      «условие 2» of the acts: one function that accepts a signed document or says why not
verdict    its conditions, and what became of each
evidence   a document that stays provable long after
centre     НУЦ as the other systems see it; wire, its HTTP
xmltree    XML from outside, read without believing it: no DTD, bounded
canonical  the canonical forms of XML that are accepted
xmlalgorithms  algorithms of XML signatures by name; others bring their own
signedinfo one ds:Signature: read strictly, proved, written
keyinfo    whose signature in XML it is
xmldsig    a document with a signature inside: XMLDSig enveloped
wsse       WS-Security over the SOAP Body
xmlcheck   «условие 2» over both
texts      the reasons in Russian, Kazakh and English
"""
