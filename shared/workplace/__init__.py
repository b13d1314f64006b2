"""The common workplace (АРМ) of every system in which people work on cases: ИС МИО, ИС ЦОН, the back offices,
АРМ ШЭП, АРМ РШЭП.

``storage`` keeps cases, ``desk`` takes steps, ``handlers`` and ``api`` are the two doors, ``system`` wires a
service from what is particular about it.
"""
