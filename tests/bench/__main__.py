"""`make bench`: how fast it is here, beside what this machine could do in the same run (architecture §10)."""

from __future__ import annotations

import signal

from tests.bench import events, http

if __name__ == "__main__":
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    http.main()
    events.main()
