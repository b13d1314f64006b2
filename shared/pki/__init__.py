"""Keys, certificates and signatures in the profile of НУЦ РК, for every system and for the centre itself.

keys       private keys: made, kept, named by thumbprint
profile    names, usages and policies of НУЦ: who a certificate says its owner is, and for what
authority  what a certification centre signs: certificates, requests, lists of the revoked
responder  answers of OCSP about single certificates
stamper    time-stamps
faults     the troubles that a test may ask for
der        the shapes of ASN.1 that a signature is written in
cms        a document with a person's signature: CMS SignedData, CAdES-BES
chain      whether a certificate leads to an anchor that we trust
check      «условие 2» of the acts: one function that accepts a signed document or says why not
texts      the reasons in Russian, Kazakh and English
"""
