"""ИС МИО, the system of the local executive bodies, with the workplace (АРМ) of their employees.

Owns: every application that reached an authority, with its number, stage, decision and signed output document; the
employees and their keys. In: ``application/1`` and ``status-changed/1`` through the region's РШЭП. Out, by the
same way: ``status-changed/1``, ``result/1``, ``notice/1``, queries to ИС ЦГО, orders to ГЦВП.
"""
