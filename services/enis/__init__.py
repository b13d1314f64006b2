"""ЕНИС, the unified notarial information system.

Owns: powers of attorney between people of the synthetic population. In: ``power-of-attorney-query/1`` through ШЭП.
Out: ``power-of-attorney-answer/1``: the power and whether it is in force today, or None.
"""
