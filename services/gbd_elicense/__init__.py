"""ИС ГБД «Е-лицензирование», the state base of licences and permits (KZ-ATY 2).

Owns: the register of permits, in which every person can check a permit by its number; the applications that ШЭП
routes to it, with their numbers, decisions and signed output documents; its employees and their keys. In, through
ШЭП: ``application/1``. Out: ``status-changed/1`` and ``result/1``.
"""
