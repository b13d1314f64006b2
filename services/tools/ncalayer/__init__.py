"""NCALayer, the desktop signer whose WebSocket the pages of Kazakh portals call: a tool, no system of the bus.

It holds keys of somebody (PKCS #12 files, or fresh ones that НУЦ's counter certifies for a person of the
synthetic population) and signs what a page asks it to, without a question, unless told to play a user who cancels.
The wire is that of wire contract §11: the greeting, the modules kz.gov.pki.knca.commonUtils and
kz.gov.pki.knca.basics. What is ours stands in docs/reference/divergences.md.

command       the command line
server        the WebSocket: greeting, heartbeat, limits, origins
protocol      requests read, answers of each module's shape
common_utils  the module with positional arguments
basics        the module with named arguments
sandbox       ours: the switch for "user cancels"
sitting       one request at the desk: a key is chosen, something is signed, or the user cancels
desk          whose keys there are, and what the user does
handling      from a frame to its answer
opening       keys and TLS of the desk
console       what the person at the screen sees
"""
