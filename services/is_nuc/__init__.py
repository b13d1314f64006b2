"""ИС НУЦ, the national certification centre: certificates of people and systems.

Owns: the root and the issuing authority, every issued certificate, the revocation lists, the OCSP responder, the
time-stamping authority, the one-time tokens with which systems enrol, the bus's clock. НУЦ speaks HTTP and not
over the bus: the bus carries messages only after НУЦ has issued certificates.
"""
