"""Reference data: written in the hub, mirrored to every other region (ADR 0921).

A service names its mirrored nouns in its manifest; all else follows from that:

* `changes`: outside the hub a write is refused; in the hub each change announces the whole record,
  in the same transaction;
* `replica`: elsewhere the announced record is written into the same table, and what the hub says of its
  records is compared with what is here; where they stay different, everything is asked for again;
* `hub`: says every 15 seconds what the records are, and sends all of them again when asked;
* `age`: how long ago a replica was last known to agree with the hub.
"""
