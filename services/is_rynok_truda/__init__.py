"""ИС «Рынок труда», the back office of employment services in Atyrau.

Owns: the register of the unemployed and of job seekers, the vacancies, the referrals; the applications that ШЭП
routes to it, with their numbers, decisions and signed output documents; its employees and their keys. In, through
ШЭП: ``application/1``. Out: ``status-changed/1`` and ``result/1``.
"""
