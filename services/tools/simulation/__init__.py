"""``egov-bus simulate``: a month of a country in minutes; it starts the whole country in this process, and is no
system of the bus.

``plan`` says who applies for what and when, ``world`` is the country, its clock and its people, ``run`` moves the
clock from event to event, ``figures`` counts what came of it, ``tables`` and ``page`` show that. See
docs/how-to/simulation.md.
"""
