"""НР ИИН, the national register of individual identification numbers.

Owns: the persons of the synthetic country. In: ``person-query/1`` through ШЭП. Out: ``person-answer/1`` to whoever
asked, with nobody in it when the number is not held.
"""
