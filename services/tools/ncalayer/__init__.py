"""NCALayer, the desktop signer whose WebSocket the pages of Kazakh portals call: a tool, not a system of the bus.

The signer holds keys (PKCS #12 files, or new keys that НУЦ certifies for a person of the synthetic population) and
signs what a page asks for without a question, unless it is set to play a user who cancels.

The protocol is that of NCALayer: the greeting, the modules kz.gov.pki.knca.commonUtils and kz.gov.pki.knca.basics.
docs/reference/divergences.md lists what is ours.

    command           the command line
    server            the WebSocket: greeting, heartbeat, limits, origins
    protocol          requests and the answers of each module
    common_utils      the module with positional arguments
    basics            the module with named arguments
    sandbox           ours: the switch for "user cancels"
    signing_request   one request: a key is chosen, something is signed, or the user cancels
    signing_device    the keys, and the simulated user
    dispatch          from a frame to its answer
    key_setup         the keys and the TLS certificate of the signer
    console           the output on the screen
"""
