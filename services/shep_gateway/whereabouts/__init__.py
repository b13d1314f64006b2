"""Where a message or a case lies, and why nothing comes back: by journal, deliveries, mailboxes, queues, and the
passport of the case.
"""
