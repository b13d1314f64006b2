"""ИС «Е-собес», the back office of social services in Atyrau (named by KZ-ATY 8, 9 and 11).

Owns: the register of recipients, with each grant's service and term; the applications that ШЭП routes to it, with
their numbers, decisions and signed output documents; its employees and their keys. In, through ШЭП:
``application/1``. Out: ``status-changed/1`` and ``result/1``.
"""
