"""Faults and outcomes on purpose: one language of rules for every system of the country.

``rules`` is the language, ``matching`` what a rule looks at, ``rule_book`` the rules in force in one process;
``system_hook`` applies them where messages and requests come and go (``carrier``, ``http_edge``). See
docs/how-to/faults.md.
"""
