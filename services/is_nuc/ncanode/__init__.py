"""NCANode v3: the signing server that Kazakh developers already call, over this project's own library.

Paths, field names and answers are those of NCANode (docs/reference/ncanode.md), so that a client changes only the
address. Clients send private keys inside requests: the keys are used, never stored and never logged.

    api            the routes
    wire           requests and answers
    dialect        errors in NCANode's form: {status, message}
    keystore       PKCS #12: keys by alias, within limits of cost
    password_work  the cost of opening a key store, computed before decryption
    signers        CMS with any number of signers
    stamps         time-stamps within a CMS
    documents      signatures in XML and SOAP
    information    the description of a certificate: CertificateInfo
"""
