"""The regulations of public services as data (passports) and the interpreter that runs them.

``model`` says what a passport holds, ``loader`` reads and checks the YAML files beside it, ``public`` gives the
form that the gateway publishes. ``compiler`` makes one process ``graph`` of a channel and variant, whatever the
act tells it by; ``interpreter`` walks a step table: what may be done now, who holds the case, whether a journal
agrees with the act.
"""
