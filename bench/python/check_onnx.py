"""Runs ONNX's own full checker (types and shapes inferred as well) on the given files, one line of JSON for each."""

import json
import sys

import onnx


def main() -> None:
    for path in sys.argv[1:]:
        result = {"file": path, "onnx": onnx.__version__}
        try:
            onnx.checker.check_model(path, full_check=True)
            graph = onnx.load(path)
            result |= {"valid": True, "nodes": len(graph.graph.node), "opset": graph.opset_import[0].version}
        except Exception as error:  # the checker's errors share no base class of their own
            result |= {"valid": False, "error": str(error)}
        print(json.dumps(result), flush=True)


if __name__ == "__main__":
    main()
