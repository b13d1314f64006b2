"""A country for each test: the pytest plugin ``egov_bus``, and what it gives to tests.

A process prepares a country once, keeps it in memory and forks it: each test gets all systems, the PKI, the
population and the employees, alone and untouched. Tests are ordinary functions; ``SandboxCountry`` and what comes
from it wait where the bus takes its time.
"""
