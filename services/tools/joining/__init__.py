"""Commands that let a system of somebody else come to the bus, and throw it away again: tools, not systems.

egov-bus join    a participant of the doors of ШЭП, with its key, its certificate and its token
egov-bus take-place, return-place   a system of yours takes the address of a system of the bus
egov-bus leave   the participant is gone: member, rights, routes, mail; its certificates are revoked

command            the command lines of join and leave
place_command      those of take-place and return-place
broker_choice      which broker a command means
operators_tokens   acting as the operators of НУЦ, ШЭП and РШЭП
broker_accounts    a participant's account at RabbitMQ: made through the management API, or declared
participant_files  the files of a participant: keys and token, readable by their owner only
next_steps         what the commands print: the first call as one line
"""
