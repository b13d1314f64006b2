"""``egov-bus simulate``: a month of the whole country in minutes. The simulation starts all systems in this
process and is no system of the bus.

``plan`` draws the applications, ``deployment`` runs the systems on a manual clock, ``people`` acts for citizens
and employees, ``run`` moves the clock from event to event, ``figures`` counts the results, ``tables`` and ``page``
show them. See docs/how-to/simulation.md.
"""
