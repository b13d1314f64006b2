"""``egov-bus phone``: the phone of a synthetic person, eGov Mobile or eGov Business, for one's own server.

The player itself is `shared.phone`; here are the command line and what it prints.
"""
