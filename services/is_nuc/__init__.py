"""ИС НУЦ, the national certification centre: who is who.

Owns: the root and the issuing authority, every certificate it issued, the list of the revoked, the one-time
tokens with which systems enrol. It speaks HTTP, not the bus: the bus cannot carry messages before it has answered.
"""
