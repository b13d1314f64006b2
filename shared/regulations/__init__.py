"""The regulations of public services as data (passports) and the graphs by which systems run them.

``model`` says what a passport holds, ``loader`` reads and checks the YAML files beside it, ``public`` gives the
form that the gateway publishes. ``compiler`` makes one process ``graph`` of a channel and variant, whatever the
act tells it by; ``course`` holds a case against it: what was done, what may be done now, how it ended;
``conformance`` judges whether a journal agrees with the act.
"""
