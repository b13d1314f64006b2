"""ПЭП, the web portal of «электронного правительства»: where a citizen applies and gets the result.

Owns: accounts, applications as they were signed, statuses, notifications, results, questionnaires. Over HTTP:
register, log in, catalogue, forms, submit, «История получения услуг», «Уведомления», answers to what is asked.
Out: ``application/1``, ``notice/1``, ``status-changed/1`` with a citizen's answer, ``person-query/1`` at
registration. In: ``status-changed/1``, ``notice/1``, ``result/1``, ``person-answer/1``,
``delivery-state-changed/1``; all through ШЭП. Which of them a case needs is in the graph of its passport.
"""
