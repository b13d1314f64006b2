"""Webhooks: ШЭП posts what comes into a participant's mailbox to an endpoint of the participant.

The form is that of the specification Standard Webhooks: the headers ``webhook-id``, ``webhook-timestamp`` and
``webhook-signature``. What is to be posted is a row of its own (``event_queue``), written in the transaction that
puts the message into the mailbox; ``deliveries`` posts the rows, each case in its order, each participant apart.
"""
