"""ШЭП, the gateway of «электронного правительства»: every message between systems passes here.

Owns: the register of systems, services, routes and access rights (deny by default, from the passports, changeable
at run time); the append-only, hash-chained journal; the delivery state of every message.
In: anything signed by a registered system. Out: the same bytes with the gateway's attestation, to whoever the
routes name; ``delivery-state-changed/1`` to a sender whose message will not arrive.
"""
