"""The move of a customer to another region: what one service keeps of it, and how that gets there (ADR 0941).

A service names in its manifest which rows hang on a customer; all else follows from that:

* `reading`, `writing`: these rows as JSON that another region can compare and insert, and back again;
* `source`: copies them to the other region, and deletes them here once the copy is what is here;
* `target`: keeps a copy until its rows have left the other region, and inserts them then;
* `sending`: the way from one to the other;
* `forgotten`: gives up who had left, after a restore to a moment before they did.

Directory says when (CustomerMoveStarted, CustomerMoveDeparting, CustomerMoveClosed) and hears what became of it.
"""
