"""The phone that signs: eGov Mobile and eGov Business against an integrator's server («mgovSign»).

Such a server has two endpoints: API 1 invites to sign, API 2 gives the documents and takes them back signed.
`PhoneSession` plays the app and the person, step by step, and tells which of the nine steps failed and why. No
system and no command is imported here: the command line, a page and the conformance check play this phone.

    links       the text of a QR code, and the links that open an app
    pictures    QR codes as pictures, read and drawn
    owners      the keys of a person whose phone it is
    network     which hosts the phone may call, and the calls themselves
    wire        the answers of API 1 and API 2, read as the app reads them
    signing     the keys of a person, the three sign methods, the signed request of the auth type Eds
    steps       the nine steps, their results and the report
    mishaps     what can go wrong with a phone and its person
    texts       what the phone says
    session     one scan, from the link to the result
"""
