"""НР ИИН, the national register of individual identification numbers.

Owns: the persons of the synthetic population, and a few whose ИИН tells no date of birth. In: ``person-query/1``
through ШЭП, ``soap-data/1`` with the requests of integrators, ``consent-answer/1`` from КДП. Out:
``person-answer/1`` to the asking system, with None for a number that no person holds; ``soap-data/1``;
``consent-query/1`` to КДП.
"""
