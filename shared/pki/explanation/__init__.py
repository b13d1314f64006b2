"""The explanation of a refused signature: what is wrong, and which variant would verify.

findings           the findings, the facts of a signature, what was expected of the signature
trials             the budget of work, and the trial of variants against one digest
signature_values   the signature's own arithmetic: another hash, another key, another spelling
certificate_facts  term, purpose and issuer of the signer's certificate
documents          bytes that are no XML document in UTF-8
xml_form           a ds:Signature that has not the strict form, and the forms of its KeyInfo
xml_variants       what else the signer of XML may have hashed
xml_signatures     WS-Security and XMLDSig
text_variants      what else the signer of a text may have hashed
cms_signatures     CMS
jws_signatures     JWS, detached and unencoded, as the bus wants it
guess              which of the four kinds a file is

An explanation is an oracle: production gives none (`shared.bus.profiles`).
"""
