"""ПЭП, the web portal of «электронного правительства»: where a citizen applies and gets the result.

Owns: accounts, applications as they were signed, statuses, notifications, results, questionnaires. Over HTTP:
registration, login, catalogue, forms, submission, «История получения услуг», «Уведомления», answers to open
questions. Out: ``application/1``, ``notice/1``, ``status-changed/1`` with a citizen's answer, ``person-query/1``
at registration. In: ``status-changed/1``, ``notice/1``, ``result/1``, ``person-answer/1``,
``delivery-state-changed/1``; all through ШЭП. The graph of a case's passport says which of these messages the case
needs.
"""
