#!/usr/bin/python3
"""Writes the files of others that tst_io reads: what NumPy and PyTorch make of arrays and of a network.

    /usr/bin/python3 files.py OUT_DIR

Needs Debian's python3-torch and python3-numpy. cnn_chw.safetensors is cnn-4-8 on 12 x 8 pixels of 3 channels and 5 classes, in PyTorch's
order, with an input (NCHW) and the logits that PyTorch computes.
"""
import json
import struct
import sys
from pathlib import Path

import numpy as np
import torch
import torch.nn as nn


def save_safetensors(path, tensors):
    header, data = {}, b""
    for name, value in tensors.items():
        raw = np.ascontiguousarray(value, dtype=np.float32).tobytes()
        header[name] = {"dtype": "F32", "shape": list(value.shape), "data_offsets": [len(data), len(data) + len(raw)]}
        data += raw
    text = json.dumps(header).encode()
    text += b" " * (-len(text) % 8)
    path.write_bytes(struct.pack("<Q", len(text)) + text + data)


def network():
    torch.manual_seed(7)
    layers = nn.ModuleDict({
        "conv1": nn.Conv2d(3, 4, 3, padding=1, bias=False), "bn1": nn.BatchNorm2d(4),
        "conv2": nn.Conv2d(4, 8, 3, padding=1, bias=False), "bn2": nn.BatchNorm2d(8),
        "dense1": nn.Linear(48, 128), "dense2": nn.Linear(128, 5)})
    for name in ("bn1", "bn2"):
        bn = layers[name]
        for values in (bn.weight, bn.running_var):
            values.data.uniform_(0.5, 1.5)
        for values in (bn.bias, bn.running_mean):
            values.data.uniform_(-0.5, 0.5)
    layers.eval()
    return layers


def forward(n, x):
    for i in ("1", "2"):
        x = torch.max_pool2d(torch.relu(n["bn" + i](n["conv" + i](x))), 2)
    return n["dense2"](torch.relu(n["dense1"](torch.flatten(x, 1))))


def main(out):
    out.mkdir(parents=True, exist_ok=True)
    n = network()
    x = torch.randn(6, 3, 12, 8)
    with torch.no_grad():
        y = forward(n, x)
    tensors = {k: v.numpy() for k, v in n.state_dict().items() if not k.endswith("num_batches_tracked")}
    save_safetensors(out / "cnn_chw.safetensors", {**tensors, "input": x.numpy(), "logits": y.numpy()})
    a = np.arange(6, dtype=np.float32).reshape(2, 3)
    np.savez(out / "stored.npz", a=a, half=a.astype("<f2"), big=a.astype(">f8"), fortran=np.asfortranarray(a), whole=a.astype("<i8"))
    np.savez_compressed(out / "deflated.npz", a=a, zeros=np.zeros((100, 100), np.float32))
    np.save(out / "fortran.npy", np.asfortranarray(np.arange(24, dtype=">i4").reshape(2, 3, 4)))


if __name__ == "__main__":
    main(Path(sys.argv[1]))
