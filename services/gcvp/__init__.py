"""ГЦВП, the state centre that pays pensions and benefits: it executes payment orders.

Owns: the accounts of the synthetic people; the ledger, in which an order of a payer stands once. In:
``payment-order/1`` through ШЭП. Out: ``payment-executed/1`` to whoever ordered: paid, or rejected and why.
"""
