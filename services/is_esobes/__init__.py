"""ИС «Е-собес», the back office of social services in Atyrau (KZ-ATY 8, 9 and 11 name it).

Owns: the register of recipients, who receives which service from when until when; the
applications that ШЭП's routes bring to it, their numbers, decisions and signed output documents; its people
and their keys. In, through ШЭП: ``application/1``. Out: ``status-changed/1`` and ``result/1``.
"""
