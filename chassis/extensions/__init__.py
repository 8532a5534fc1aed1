"""Extension fields: what a region adds to accounts, leads, cases and so on (GOV-2).

Directory owns the declarations and announces them; every service that has extensible resources keeps its own
copy, so that it works while directory is down. A service has all of it by three lines:

* ``extensions.tables.add_tables(metadata)`` beside its own tables, and ``*REACTIONS`` in its manifest;
* a column `extensions` of `Json` in the resource's table, and ``Listing(…, extensions="account")``;
* ``values.enter``, ``values.merged`` and ``values.forget`` where its servicer creates, updates and deletes.
"""
