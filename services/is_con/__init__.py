"""ИС ЦОН, the system of the public service centres.

Owns: the cases that were taken in at a centre, its electronic queue, its расписки, the results that wait for those
who applied, the archive; and of every other case the status (no personal data). In: ``notice/1``,
``status-changed/1``, ``result/1`` and the registers' answers through ШЭП. Out, the same way: ``application/1``,
``status-changed/1``, questions to НР ИИН, ЕНИС and ИС ЦГО.
"""
