"""ГБД ЮЛ, the state database of legal entities.

Owns: the organisations of the acts and synthetic companies with their branches. In: ``soap-data/1`` with requests
to ``GbdulInfoByBin_v2`` through ШЭП, each with a signature of its own. Out: ``soap-data/1`` with the organisation,
or with the reason of the refusal.
"""
