"""ГЦВП, the state centre that pays pensions and benefits: executes payment orders.

Owns: the accounts of the synthetic people; the ledger, in which each order of a payer stands once. In:
``payment-order/2`` through ШЭП, each with the signed decision of a case in which the payer takes part. Out:
``payment-executed/1`` to the payer: executed, or rejected with the reason.
"""
