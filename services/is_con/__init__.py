"""ИС ЦОН, the system of the public service centres.

Owns: the cases that were taken in at a centre, the electronic queue, the расписки, the results that wait for their
applicants, the archive; and the status of every other case (without personal data). In: ``notice/1``,
``status-changed/1``, ``result/1`` and the answers of registers, through ШЭП. Out, by the same way:
``application/1``, ``status-changed/1``, queries to НР ИИН, ЕНИС and ИС ЦГО.
"""
