"""КДП, the service of consents to the use of personal data.

Owns: the telephone numbers of the synthetic population; requests for consent with the citizens' answers; the
consents given, each with the digest of its code. In: ``soap-data/1`` with requests to ``KDP_SERVICE`` through ШЭП,
``consent-query/1`` from the registers that hold personal data. Out: ``soap-data/1`` with the code of a consent or
the reason of its refusal, ``consent-answer/1``.
"""
