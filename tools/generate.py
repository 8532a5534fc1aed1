"""Make gen/ from protos/: Python messages with type stubs, and beside them the image of it all.

gen/meridian/image.binpb is what buf checks and what the gateway reads its routes from, so it is
part of the package; so is gen/meridian/border.toml, the list of what crosses the border between
regions. gen/ is replaced as a whole, or left as it was if protoc finds a mistake.

buf.validate comes from the installed protovalidate package, google.api from
googleapis-common-protos; neither is copied into this repository.
"""

from __future__ import annotations

import shutil
import sys
from importlib import resources
from pathlib import Path

from google.api import annotations_pb2
from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc
from protovalidate._gen.buf.validate import validate_pb

ROOT = Path(__file__).resolve().parent.parent
PROTOS = ROOT / "protos"
GEN = ROOT / "gen"
VALIDATE = "buf/validate/validate.proto"
BORDER = "border.toml"


def main() -> int:
    """Rebuild gen/ from nothing. Returns protoc's exit code."""
    staging = ROOT / "gen.new"
    shutil.rmtree(staging, ignore_errors=True)
    (staging / "meridian").mkdir(parents=True)
    validate_set = staging / "validate.binpb"
    validate_set.write_bytes(_validate_descriptor_set())
    ours = sorted(str(path.relative_to(PROTOS)) for path in PROTOS.rglob("*.proto"))
    code = protoc.main(
        [
            "protoc",
            f"--proto_path={PROTOS}",
            f"--proto_path={Path(annotations_pb2.__file__).parents[2]}",
            f"--proto_path={resources.files('grpc_tools') / '_proto'}",
            f"--descriptor_set_in={validate_set}",
            f"--python_out={staging}",
            f"--pyi_out={staging}",
            f"--descriptor_set_out={staging / 'meridian' / 'image.binpb'}",
            "--include_imports",
            "--include_source_info",
            *ours,
            VALIDATE,
        ]
    )
    if code == 0:
        shutil.copy(PROTOS / BORDER, staging / "meridian" / BORDER)
        shutil.rmtree(GEN, ignore_errors=True)
        staging.rename(GEN)
    return int(code)


def _validate_descriptor_set() -> bytes:
    own = FileDescriptorProto.FromString(validate_pb.desc().proto.to_binary())
    return FileDescriptorSet(file=[own]).SerializeToString()


if __name__ == "__main__":
    sys.exit(main())
