"""The doors of ШЭП: how systems that are not on the bus's carrier send and receive messages.

A *participant* is a member of the register that comes through a door: SOAP or REST. A door only translates
between its own form and the bus's message; ``submission`` hands the message to the same checks, routes and journal
as every other message. A message to a participant waits in its mailbox (``mailbox``) until the participant takes
the message.

On the carrier every message is signed by its sender. A participant proves itself to the door in the door's own
way; the message that goes on is signed by the participant's *door key*, which ШЭП keeps and НУЦ has certified for
the participant's address (``door_keys``), as a security server of X-Road signs for the systems behind it.
"""
