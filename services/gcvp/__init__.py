"""ГЦВП, the state centre that pays pensions and benefits: executes payment orders.

Owns: the accounts of the synthetic people; the ledger, in which each order of a payer stands once. In:
``payment-order/1`` through ШЭП. Out: ``payment-executed/1`` to the payer: executed, or rejected with the reason.
"""
