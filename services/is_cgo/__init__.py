"""ИС ЦГО, the information systems of the central state bodies, which the acts treat as one system.

Owns: the documents of the synthetic population, of the kinds that the acts name; a journal of queries; rules of
conduct, by which ИС ЦГО can answer slowly, without data, or never. In: ``citizen-query/1`` through ШЭП. Out:
``citizen-answer/1`` to the asking system, or no answer at all.
"""
