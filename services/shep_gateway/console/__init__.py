"""What the console of ШЭП's operator shows and does: other systems, the flow of messages, statistics, a case in
time, and a message sent again.
"""
