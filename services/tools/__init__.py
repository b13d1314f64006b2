"""Commands for people. The tools are no systems of the bus; they use the systems over HTTP, as any outside
program.
"""
