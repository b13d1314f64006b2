"""ИС ЦОН, the system of the public service centres; for now its status board.

Owns: what the centres see of every case (no personal data). In: ``notice/1`` and ``status-changed/1`` through ШЭП.
"""
