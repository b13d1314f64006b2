"""ИС «Рынок труда», the back office of employment services in Atyrau.

Owns: the register of the unemployed and of job seekers, the vacancies, the referrals; the
applications that ШЭП's routes bring to it, their numbers, decisions and signed output documents; its people
and their keys. In, through ШЭП: ``application/1``. Out: ``status-changed/1`` and ``result/1``.
"""
