"""``egov-bus conformance``: plays ШЭП, a phone or an asking system against a system of an integrator, and reports
requirement by requirement what it does as the contracts ask.
"""
