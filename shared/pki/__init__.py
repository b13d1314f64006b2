"""Keys, certificates and signatures in the profile of НУЦ РК, for every system and for НУЦ itself.

encoding      ASN.1 (DER, BER) and XML: reading with limits, writing, canonical forms
certificates  keys, the profile of НУЦ, certificates, chains, revocation lists, OCSP, the status of a certificate
cms           CMS signatures: CAdES, PAdES, time-stamps
xml           XML signatures: XMLDSig inside a document, WS-Security over a SOAP Body
gost          GOST R 34.10-2015: an optional suite, off the hot path
verification  «условие 2» of the acts: one check that accepts a signed document or gives the reason; evidence
client        НУЦ over HTTP, as the other systems use it
faults        the faults of НУЦ that a test may order
"""
