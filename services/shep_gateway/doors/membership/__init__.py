"""Who may come through the doors: systems that join and leave.

``joining`` makes a system a participant and throws it away again; ``views`` shows the operator the participants;
``claims`` gives a tenant the cases of its citizens at the simulated portal (``tenant_cases``).
"""
