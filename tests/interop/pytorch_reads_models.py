#!/usr/bin/python3
"""PyTorch reads what `run --out` wrote and is as often right on Fashion-MNIST as Bitstill says it was.

    /usr/bin/python3 pytorch_reads_models.py BITSTILL_CLI

Needs Debian's python3-torch, python3-numpy and dataset-fashion-mnist. Exit status 77: one of them is not there.
"""
import gzip
import json
import struct
import subprocess
import sys
import tempfile
from pathlib import Path

FOLDER = Path("/usr/share/datasets/fashion-mnist")
try:
    import numpy as np
    import torch
    import torch.nn.functional as F
except ImportError:
    sys.exit(77)
if not FOLDER.exists():
    sys.exit(77)


def tensors_of(path):
    raw = path.read_bytes()
    length = struct.unpack("<Q", raw[:8])[0]
    header = json.loads(raw[8:8 + length])
    assert header.pop("__metadata__")["bitstill.version"] == "2"
    values = raw[8 + length:]
    return {name: torch.from_numpy(np.frombuffer(values[slice(*e["data_offsets"])], np.float32).reshape(e["shape"]).copy())
            for name, e in header.items()}


def idx(name, skip):
    return np.frombuffer(gzip.decompress((FOLDER / name).read_bytes()), np.uint8)[skip:]


def logits(w, x):
    for i in ("1", "2"):
        x = F.conv2d(x, w[f"conv{i}.weight"], padding=1)
        x = F.batch_norm(x, w[f"bn{i}.running_mean"], w[f"bn{i}.running_var"], w[f"bn{i}.gamma"], w[f"bn{i}.beta"])
        x = F.max_pool2d(F.relu(x), 2)
    x = F.relu(F.linear(torch.flatten(x, 1), w["dense1.weight"], w["dense1.bias"]))
    return F.linear(x, w["dense2.weight"], w["dense2.bias"])


def main(cli):
    with tempfile.TemporaryDirectory() as out:
        run = [cli, "run", "before-after", "--set", "model.name=cnn-4-8", "--set", "train.epochs=1", "--out", out, "--json"]
        said = json.loads(subprocess.run(run, check=True, capture_output=True).stdout)["float32.accuracy"]
        w = tensors_of(Path(out) / "model.safetensors")
    train = idx("train-images-idx3-ubyte.gz", 16) / np.float32(255)
    x = (idx("t10k-images-idx3-ubyte.gz", 16) / np.float32(255) - train.mean(dtype=np.float64)) / train.std(dtype=np.float64)
    with torch.no_grad():
        answers = logits(w, torch.from_numpy(x.astype(np.float32).reshape(-1, 1, 28, 28))).argmax(1).numpy()
    found = float((answers == idx("t10k-labels-idx1-ubyte.gz", 8)).mean())
    print(f"Bitstill {said:.4f}, PyTorch {found:.4f}")
    sys.exit(0 if said > 0.7 and abs(said - found) < 0.02 else 1)


if __name__ == "__main__":
    main(sys.argv[1])
