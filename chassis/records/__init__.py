"""One record in its three shapes: domain dataclass, database row, protobuf message.

Fields go by name, so a slice writes no copying code:

* ``rows``: dataclass ↔ columns.
* ``encoding``: dataclass or row → message.
* ``decoding``: the client's values in a message → dataclass.

Enum values: ``LEAD_STATE_NEW`` in protobuf is ``"new"`` everywhere else (``enums``).
"""
