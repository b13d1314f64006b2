"""Commands for people who work with signatures: tools, not systems of the bus.

egov-bus certificate   a key and a certificate of НУЦ, as PKCS #12 and PEM
egov-bus sign          a CMS or an enveloped XML signature over a file
egov-bus verify        «условие 2» over a signed file, condition by condition
egov-bus explain       why a signature is refused, and which variant of it would verify

command         the command line
explain_command the explanation of a refused signature
files           the files that the commands read and write
signatures      making signatures
verify_command  the check, condition by condition
output          the output on the screen
texts           the texts in Russian, Kazakh and English
"""
