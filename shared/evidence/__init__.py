"""The evidence of a case: a bundle that proves by itself, without the bus, which messages the case consists of.

A bundle is an ASiC-E container (ETSI EN 319 162-1). ``case_bundle`` names its members and composes it,
``bundle_check`` verifies it offline, ``verify.sh`` inside verifies it with openssl only. ``journal_chain`` is the
hash chain of ШЭП's journal, and the proof that an entry stands in this chain before a time-stamped head.
"""
