"""Pushing mail to the endpoint of a participant: ШЭП calls, the participant takes.

A participant may have an endpoint of its own (``endpoints``), on a host that ШЭП's operator has listed
(``allowed_hosts``). A background job (``push_job``) calls the endpoint with each message of the mailbox, in the
order of each case, and with each notice of ШЭП. A pushed message stays in the mailbox until the participant
concludes the delivery, and can still be pulled.
"""
