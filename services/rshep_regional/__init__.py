"""РШЭП, a regional gateway: one instance a region.

Owns: the region's own routes and the record of what passed. In: from ШЭП, down to the systems of the region's
authorities; from those systems, up to ШЭП. It reads envelopes only and forwards the bytes with its attestation.
"""
