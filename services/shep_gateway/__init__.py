"""ШЭП, the gateway of «электронного правительства»: every message between systems passes here.

Owns: the register of systems, services, routes and access rights (deny by default, filled from the passports,
changeable at run time); the append-only, hash-chained journal; the delivery state of every message. In: every
message of a registered system. Out: the received bytes with the gateway's attestation, to the recipients of the
routes; ``delivery-state-changed/1`` to the sender of a message that will not arrive.
"""
