"""ИС ЦГО, the information systems of the central state bodies, as the acts see them: one address to ask.

Owns: the papers of the synthetic country's citizens, of the kinds that the acts name; a journal of who asked what
about whom; rules of conduct, by which it may be slow, know nothing or never answer. In: ``citizen-query/1``
through ШЭП. Out: ``citizen-answer/1`` to whoever asked, or nothing at all.
"""
