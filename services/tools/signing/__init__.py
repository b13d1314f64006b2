"""Commands for people who work with signatures: a tool, no system of the bus.

    egov-bus certificate   a key and a certificate of НУЦ, as PKCS #12 and PEM
    egov-bus sign          a CMS or an enveloped XML signature over a file
    egov-bus verify        «условие 2» over a signed file, condition by condition

command       the command line
files         what is read and written
signatures    what is made
checking      the check, told condition by condition
telling       what the person at the screen sees
texts         the words in Russian, Kazakh and English
"""
