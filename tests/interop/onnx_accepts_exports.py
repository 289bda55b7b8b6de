#!/usr/bin/python3
"""ONNX's own checker accepts what `export` wrote.

    /usr/bin/python3 onnx_accepts_exports.py BITSTILL_CLI

Needs Debian's python3-onnx. Exit status 77: it is not there.
"""
import subprocess
import sys
import tempfile
from pathlib import Path

try:
    import onnx
except ImportError:
    sys.exit(77)

SMALL = ["data.set=strokes", "data.samples=200", "train.epochs=1", "quant.calibration=32"]


def main(cli):
    with tempfile.TemporaryDirectory() as folder:
        for model in ("mlp-32-16", "cnn-4-8", "dwcnn", "resnet-8"):
            sets = [word for s in SMALL + [f"model.name={model}"] for word in ("--set", s)]
            subprocess.run([cli, "run", "before-after", *sets, "--out", folder], check=True, capture_output=True)
            for how in (["--precision", "float32"], ["--for", "onnxruntime"], ["--for", "tensorrt"], ["--bits", "4"]):
                out = Path(folder) / "x.onnx"
                subprocess.run([cli, "export", folder, "-o", out, *how], check=True, capture_output=True)
                onnx.checker.check_model(onnx.load(str(out)), full_check=True)
                print(model, *how, "accepted")


main(sys.argv[1])
