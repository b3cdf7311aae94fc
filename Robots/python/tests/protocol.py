"""Whether the generated code is of the protocol's present text.

    python protocol.py CHECKOUT

The Python file must describe the same messages as Sources/Link/Wire/mallard.proto; both files must name the
checksum of its text, which `make protocol` writes into them.
"""

import hashlib
import pathlib
import sys
import tempfile

from google.protobuf.descriptor_pb2 import FileDescriptorProto, FileDescriptorSet
from grpc_tools import protoc

from mallard_robot import mallard_pb2


def described(folder: pathlib.Path) -> FileDescriptorProto:
    """What the text says, without its comments."""
    with tempfile.NamedTemporaryFile() as file:
        status = protoc.main(
            ["protoc", f"-I{folder}", f"--descriptor_set_out={file.name}", "mallard.proto"])
        if status != 0:
            raise SystemExit("mallard.proto cannot be read")
        return FileDescriptorSet.FromString(pathlib.Path(file.name).read_bytes()).file[0]


def main(checkout: pathlib.Path):
    text = checkout / "Sources/Link/Wire/mallard.proto"
    wanted = described(text.parent)
    found = FileDescriptorProto.FromString(mallard_pb2.DESCRIPTOR.serialized_pb)
    # Names for JSON are filled in by what reads a file, not by what wrote it.
    stale = []
    for file in (wanted, found):
        for message in file.message_type:
            for field in message.field:
                field.ClearField("json_name")
    if wanted != found:
        stale.append("Robots/python/mallard_robot/mallard_pb2.py describes other messages")
    checksum = hashlib.sha256(text.read_bytes()).hexdigest()
    for path in (
            "Sources/Link/Wire/Generated/mallard.pb.swift", "Robots/python/mallard_robot/mallard_pb2.py"):
        if f"Made from mallard.proto with the SHA-256 {checksum}" not in (checkout / path).read_text():
            stale.append(f"{path} was made from another mallard.proto")
    for line in stale:
        print(f"{line}: run make protocol")
    return 1 if stale else 0


if __name__ == "__main__":
    sys.exit(main(pathlib.Path(sys.argv[1])))
