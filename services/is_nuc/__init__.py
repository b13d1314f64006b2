"""ИС НУЦ, the national certification centre: who is who.

Owns: the root and the issuing authority, every certificate it issued, the lists of the revoked, the OCSP
responder, the time-stamping authority, the one-time tokens with which systems enrol. It speaks HTTP, not the bus:
the bus cannot carry messages before it has answered.
"""
