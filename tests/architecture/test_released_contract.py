"""What was released goes on working: no field, value, method or route of it goes or changes its meaning."""

from __future__ import annotations

import gzip
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from google.api import annotations_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet

ROOT = Path(__file__).parents[2]
RELEASED = ROOT / "protos" / "released.binpb.gz"
NOW = ROOT / "gen" / "meridian" / "image.binpb"
_LEADS = "meridian/marketing/v1/lead.proto"
_LEAD_SERVICE = "meridian/marketing/v1/lead_service.proto"


def test_what_was_released_goes_on_working() -> None:
    assert _breaks(NOW) == ""


def _drop_a_field(file: FileDescriptorProto) -> None:
    (lead,) = (message for message in file.message_type if message.name == "Lead")
    del lead.field[3]


def _drop_an_enum_value(file: FileDescriptorProto) -> None:
    del file.enum_type[0].value[-1]


def _drop_a_method(file: FileDescriptorProto) -> None:
    del file.service[0].method[0]


@pytest.mark.parametrize(
    ("path", "change", "found"),
    [
        (_LEADS, _drop_a_field, 'on message "Lead" was deleted'),
        (_LEADS, _drop_an_enum_value, "was deleted"),
        (_LEAD_SERVICE, _drop_a_method, 'RPC "'),
    ],
)
def test_a_break_is_noticed(
    path: str, change: Callable[[FileDescriptorProto], None], found: str, tmp_path: Path
) -> None:
    image = FileDescriptorSet.FromString(NOW.read_bytes())
    (file,) = (file for file in image.file if file.name == path)
    change(file)
    broken = tmp_path / "broken.binpb"
    broken.write_bytes(image.SerializeToString())

    assert found in _breaks(broken)


def test_every_released_route_is_where_it_was() -> None:
    """buf does not look into options; google.api.http is one."""
    released = FileDescriptorSet.FromString(gzip.decompress(RELEASED.read_bytes()))
    now = dict(_routes(FileDescriptorSet.FromString(NOW.read_bytes())))

    assert any(True for _ in _routes(released))
    assert {name: now.get(name) for name, _ in _routes(released)} == dict(_routes(released))


def _breaks(image: Path) -> str:
    """What buf finds that would break a client; nothing if all is well."""
    buf = Path(sys.executable).with_name("buf")
    done = subprocess.run(
        [buf, "breaking", image, "--against", RELEASED, "--config", ROOT / "tools" / "buf.yaml"],
        capture_output=True,
        text=True,
        check=False,
    )
    return done.stdout + done.stderr


def _routes(image: FileDescriptorSet) -> Iterator[tuple[str, tuple[str, str]]]:
    """Method → how it is called through the gateway: verb and path."""
    for file in image.file:
        for service in file.service:
            for method in service.method:
                rule = method.options.Extensions[annotations_pb2.http]
                verb = rule.WhichOneof("pattern")
                if verb:
                    yield (
                        f"{file.package}.{service.name}.{method.name}",
                        (verb, getattr(rule, verb)),
                    )
