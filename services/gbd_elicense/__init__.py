"""ИС ГБД «Е-лицензирование», the state base of licences and permits (KZ-ATY 2).

Owns: the register of permits, which anybody may check by a number; the
applications that ШЭП's routes bring to it, their numbers, decisions and signed output documents; its people
and their keys. In, through ШЭП: ``application/1``. Out: ``status-changed/1`` and ``result/1``.
"""
