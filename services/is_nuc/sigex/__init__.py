"""SIGEX: signing by phone for systems that have no server of their own (docs/how-to/sigex.md).

SIGEX is a signing service of a private vendor; many projects call its QR API instead of the two addresses that the
app calls. A system registers a procedure, shows its QR code, sends documents and gets signatures; the phone meets
the two addresses here. Sandbox only. A procedure lives in the memory of this process until its term is over.

    procedures          the procedures under way, and what each waits for
    signature_checks    whether the phone brought back what it was given, signed
    wire                requests and answers
    calls               what both sides' calls share
    client_api          what a system calls
    phone_api           what the phone calls
"""
