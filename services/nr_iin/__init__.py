"""НР ИИН, the national register of individual identification numbers.

Owns: the persons of the synthetic population, and a few whose ИИН tells no date of birth. In: ``person-query/1``
through ШЭП. Out: ``person-answer/1`` to the asking system, with None for a number that no person holds.
"""
