"""A contract with a field and a method of every kind, to test the gateway on all of them."""

from __future__ import annotations

import tempfile
from functools import cache
from importlib import import_module, resources
from pathlib import Path
from typing import Any

from google.api import annotations_pb2
from google.protobuf import descriptor_pool
from google.protobuf.descriptor_pb2 import FileDescriptorSet
from google.protobuf.message_factory import GetMessageClass
from grpc_tools import protoc

_HERE = Path(__file__).parent
_ROOT = _HERE.parent.parent


@cache
def image() -> FileDescriptorSet:
    """The compiled trial.proto, with comments; its types are in the default pool from now on."""
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "trial.binpb"
        code = protoc.main(
            [
                "protoc",
                f"--proto_path={_HERE}",
                f"--proto_path={_ROOT / 'protos'}",
                f"--proto_path={Path(annotations_pb2.__file__).parents[2]}",
                f"--proto_path={resources.files('grpc_tools') / '_proto'}",
                f"--descriptor_set_in={_ROOT / 'gen/validate.binpb'}",
                f"--descriptor_set_out={out}",
                "--include_source_info",
                str(_HERE / "trial.proto"),
            ]
        )
        assert code == 0
        files = FileDescriptorSet.FromString(out.read_bytes())
    for file in files.file:
        for needed in file.dependency:
            import_module(needed.removesuffix(".proto").replace("/", ".") + "_pb2")
        descriptor_pool.Default().Add(file)
    return files


def message(name: str) -> Any:
    """The message class of this name, for example "Thing"."""
    image()
    found = descriptor_pool.Default().FindMessageTypeByName(f"meridian.trial.v1.{name}")
    return GetMessageClass(found)
