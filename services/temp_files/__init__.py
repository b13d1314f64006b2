"""The temporary storage of files (``EDS_TEMP_FILES``), for attachments too large for a message of their case.

Owns: files, each with the system that brought it and the moment of its end. In: ``soap-data/1`` with uploads and
downloads through ШЭП. Out: ``soap-data/1`` with the ids of files, or with files.
"""
