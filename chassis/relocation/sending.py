"""The way of a copy to another region: through that region's gateway, as this service."""

from __future__ import annotations

import base64
from typing import TYPE_CHECKING, Any

import orjson
import urllib3

from chassis.relocation.rows import MOST_PIECES, Rows
from chassis.relocation.store import Relocation

if TYPE_CHECKING:
    from chassis.app import App

#: Seconds that making a connection may take, and the answer to one piece.
_CONNECT, _ANSWER = 2.0, 60.0
_LARGEST_ANSWER = 1 << 16
#: Answers with these reasons mean that the copy as it is will never be taken.
_FINAL = frozenset(
    {
        "RELOCATION_CONFLICT",
        "RELOCATION_REFERENCE_MISSING",
        "RELOCATION_MALFORMED",
    }
)


class NotTaken(Exception):
    """The other region has no copy that it could insert."""

    def __init__(self, reason: str, subject: str = "", *, is_final: bool = False) -> None:
        """reason: for example REGION_UNREACHABLE. subject: what is in the way, if something is.

        is_final: whether trying again would be of no use.
        """
        super().__init__(reason, subject)
        self.reason = reason
        self.subject = subject
        self.is_final = is_final


def send(app: App, relocation: Relocation, rows: Rows) -> None:
    """Have the other region keep a copy and try whether it could be inserted. Raises NotTaken."""
    peer = next(
        (each for each in app.settings.regions.peers if each.region == relocation.to_region), None
    )
    if peer is None:
        raise NotTaken("REGION_UNKNOWN", relocation.to_region, is_final=True)
    pieces = rows.pieces()
    if len(pieces) > MOST_PIECES:
        raise NotTaken("RELOCATION_TOO_LARGE", is_final=True)
    call = app.system_call()
    url = (
        f"{peer.gateway_url.rstrip('/')}/{app.service.name}/v1/relocations/{relocation.id}:receive"
    )
    headers = {
        "authorization": app.neighbours.authorization(call),
        "content-type": "application/json",
        "meridian-forwarded": app.region,
        "x-request-timeout": f"{_ANSWER:g}",
    }
    with urllib3.PoolManager(num_pools=1) as connections:
        for number, content in enumerate(pieces):
            piece = {
                "account_id": relocation.account_id,
                "owner_id": relocation.owner_id,
                "team_id": relocation.team_id,
                "business_unit_id": relocation.business_unit_id,
                "digest": rows.digest,
                "number": number,
                "count": len(pieces),
                "claim": relocation.claim,
                "content": base64.b64encode(content).decode(),
            }
            answer = _post(connections, url, headers, orjson.dumps({"piece": piece}))
    if answer.get("digest") != rows.digest:
        raise NotTaken("RELOCATION_DIGEST_DIFFERS")


def _post(
    connections: urllib3.PoolManager, url: str, headers: dict[str, str], body: bytes
) -> dict[str, Any]:
    timeout = urllib3.Timeout(connect=_CONNECT, read=_ANSWER)
    try:
        reply = connections.request(
            "POST",
            url,
            body=body,
            headers=headers,
            timeout=timeout,
            retries=False,
            redirect=False,
            preload_content=False,
        )
        try:
            content = reply.read(_LARGEST_ANSWER)
        finally:
            reply.close()
    except urllib3.exceptions.HTTPError as error:
        raise NotTaken("REGION_UNREACHABLE") from error
    answer = _parsed(content)
    if reply.status == 200:
        return answer
    reason = str(answer.get("reason") or f"REGION_ANSWERED_{reply.status}")
    params = answer.get("params") or {}
    raise NotTaken(reason, str(params.get("subject", "")), is_final=reason in _FINAL)


def _parsed(content: bytes) -> dict[str, Any]:
    try:
        answer = orjson.loads(content)
    except orjson.JSONDecodeError:
        return {}
    return answer if isinstance(answer, dict) else {}
