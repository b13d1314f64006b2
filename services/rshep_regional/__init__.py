"""РШЭП, a regional gateway: one instance for each region.

Owns: the local routes of the region and the record of passages. In: from ШЭП, down to the systems of the region's
authorities; from those systems, up to ШЭП. РШЭП reads envelopes only and forwards the bytes with its attestation.
"""
