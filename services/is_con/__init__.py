"""ИС ЦОН, the system of the public service centres, with the workplace of their operators and the status board.

Owns: every application that was taken in at a centre, its расписки, the results that wait for those who applied,
the archive; the electronic queue; what the centres see of all others (no personal data), the operators and their
keys. In, through ШЭП: ``notice/1``, ``status-changed/1``, ``result/1`` and the registers' answers. Out:
``application/1``, ``status-changed/1`` and questions to НР ИИН, ЕНИС and ИС ЦГО.
"""
