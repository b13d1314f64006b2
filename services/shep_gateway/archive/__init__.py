"""The archive of ШЭП's journal: old entries leave the database in segments that prove themselves, and are read
from there where evidence asks for them.
"""
