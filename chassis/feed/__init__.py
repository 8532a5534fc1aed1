"""The change feed: systems outside read on in what a service has announced, from wherever they were (PLT-6).

What they read is the outbox. Its positions are given before the commit and cannot be read on from, so each event
gets the number of the publication by which it reached the stream: numbers.py gives them, reading.py goes by them,
cursors.py writes down how far somebody has come.
"""
