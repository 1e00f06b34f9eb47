"""Is an exported program valid ONNX? The checker of the standard and onnxruntime's own loader have the say.

    python scripts/interop/check_onnx.py model.onnx [more.onnx ...]

Prints the inputs and outputs of each file. Exits 1 if any file fails.
"""

import argparse
import sys

import onnx
import onnxruntime


def check(path: str) -> None:
    """Raises what the checker (types and shapes included) or the loader has to say against the file."""
    onnx.checker.check_model(path, full_check=True)
    model = onnx.load(path, load_external_data=False)
    opsets = {entry.domain or "ai.onnx": entry.version for entry in model.opset_import}
    session = onnxruntime.InferenceSession(path, providers=["CPUExecutionProvider"])
    print(f"{path}: valid, opsets {opsets}")
    for kind, values in (("in", session.get_inputs()), ("out", session.get_outputs())):
        for value in values:
            print(f"  {kind:3} {value.name}: {value.type} {value.shape}")


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("files", nargs="+", metavar="FILE")
    failures = 0
    for path in parser.parse_args().files:
        try:
            check(path)
        except Exception as error:  # two libraries and the file system, each with its own errors
            failures += 1
            print(f"{path}: {type(error).__name__}: {error}", file=sys.stderr)
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
