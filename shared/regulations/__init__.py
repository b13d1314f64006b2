"""The regulations of public services as data (passports), and the process graphs by which systems execute them.

``model`` defines the parts of a passport, ``loader`` reads and checks the YAML files beside it, ``public`` gives
the form that ШЭП publishes. ``process.compiler`` compiles a process graph for each channel and variant of a
passport; ``process.process_state`` records which steps of a case are done, which steps are allowed and how the
case ended; ``process.conformance`` judges whether the journal of a case agrees with the act.
"""
