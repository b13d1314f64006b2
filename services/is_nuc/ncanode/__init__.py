"""NCANode v3: the signing server that Kazakh developers already call, over this project's own library.

The same paths, field names and answers, so that a client needs another address and nothing else. Private keys come
inside requests: they are used and forgotten, never stored and never logged.

api         the routes
wire        what requests and answers look like (wire contract §10)
dialect     errors as NCANode tells them: {status, message}
keystore    PKCS #12: keys by alias, whatever its author wished it to cost
password_work  what opening it costs, counted before
signers     CMS with any number of signers
stamps      time-stamps within a CMS
documents   signatures in XML and SOAP
information what a certificate says: CertificateInfo
"""
