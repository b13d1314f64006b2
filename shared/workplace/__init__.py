"""The common workplace (АРМ) of every system in which people work on cases: ИС МИО, ИС ЦОН, the back offices, АРМ
ШЭП, АРМ РШЭП.

``records`` stores cases, ``steps`` takes steps, ``handlers`` receives messages, ``http`` is the API, ``system``
wires a service from its profile.
"""
