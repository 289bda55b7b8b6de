#!/usr/bin/python3
"""Training speed of bitstill-cli against PyTorch, side by side on this machine in one run.

    /usr/bin/python3 tests/bench/against_pytorch.py [--rounds 5] [--seconds 1.5] [--threads 1,2] [--isa avx2] [--cases mlp-256-128:128,...]

Needs Debian's python3-torch, python3-numpy and libopenblas0-openmp, and a release build (./run list). PyTorch is at its
best: channels_last for convolutions, foreach optimizer, gradients set to None, data ready in memory. Bitstill also
gathers its shuffled bytes and normalises them, as in a real epoch. The two take turns; the medians over the rounds are
printed, that of the ratios first, with the lowest and the highest ratio of a round. With fewer threads than cores both sides of a
round run on the same cores, the next round on the next ones: those of a shared machine differ by up to a third. --isa
holds both sides, and the libraries below them, to what an older CPU has.
"""
import argparse
import json
import os
import statistics
import subprocess
import sys
import time
from pathlib import Path

CLI = Path(__file__).resolve().parents[2] / "build/release/bin/bitstill-cli"
CASES = "mlp-256-128:128,mlp-256-128:32,cnn-16-32:128,cnn-16-32:32,dwcnn:128,dwcnn:32,resnet-8:128"

HELD_TO = {
    "avx2": {"BITSTILL_MAX_CPU_ISA": "avx2", "ATEN_CPU_CAPABILITY": "avx2", "OPENBLAS_CORETYPE": "Haswell", "ONEDNN_MAX_CPU_ISA": "AVX2"},
    "sse41": {"BITSTILL_MAX_CPU_ISA": "sse41", "ATEN_CPU_CAPABILITY": "default", "OPENBLAS_CORETYPE": "Nehalem", "ONEDNN_MAX_CPU_ISA": "SSE41"},
}


def torch_model(name):
    from torch import nn

    def convolution(inputs, outputs, kernel, stride, groups, activation):
        return [nn.Conv2d(inputs, outputs, kernel, stride, kernel // 2, groups=groups, bias=False), nn.BatchNorm2d(outputs), activation()]

    if name.startswith("mlp-"):
        widths = [784] + [int(w) for w in name.split("-")[1:]]
        layers = [nn.Flatten()]
        for a, b in zip(widths, widths[1:]):
            layers += [nn.Linear(a, b), nn.ReLU()]
        return nn.Sequential(*layers, nn.Linear(widths[-1], 10))
    if name.startswith("cnn-"):
        layers, channels, side = [], 1, 28
        for c in [int(w) for w in name.split("-")[1:]]:
            layers += convolution(channels, c, 3, 1, 1, nn.ReLU) + [nn.MaxPool2d(2)]
            channels, side = c, side // 2
        return nn.Sequential(*layers, nn.Flatten(), nn.Linear(channels * side * side, 128), nn.ReLU(), nn.Linear(128, 10))
    if name == "dwcnn":
        layers, channels = convolution(1, 32, 3, 2, 1, nn.ReLU6), 32
        for c, stride in ((64, 1), (128, 2), (128, 1), (256, 2)):
            layers += convolution(channels, channels, 3, stride, channels, nn.ReLU6) + convolution(channels, c, 1, 1, 1, nn.ReLU6)
            channels = c
        return nn.Sequential(*layers, nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(256, 10))
    if name == "resnet-8":
        return resnet_8()
    sys.exit(f"no PyTorch model for {name}")


def resnet_8():
    import torch
    from torch import nn

    class Block(nn.Module):
        def __init__(self, inputs, outputs, stride):
            super().__init__()
            self.a, self.bn_a = nn.Conv2d(inputs, outputs, 3, stride, 1, bias=False), nn.BatchNorm2d(outputs)
            self.b, self.bn_b = nn.Conv2d(outputs, outputs, 3, 1, 1, bias=False), nn.BatchNorm2d(outputs)
            same = inputs == outputs and stride == 1
            self.shortcut = nn.Identity() if same else nn.Sequential(nn.Conv2d(inputs, outputs, 1, stride, bias=False), nn.BatchNorm2d(outputs))

        def forward(self, x):
            y = torch.relu(self.bn_a(self.a(x)))
            return torch.relu(self.bn_b(self.b(y)) + self.shortcut(x))

    first = [nn.Conv2d(1, 16, 3, 1, 1, bias=False), nn.BatchNorm2d(16), nn.ReLU()]
    return nn.Sequential(*first, Block(16, 16, 1), Block(16, 32, 2), Block(32, 64, 2), nn.AdaptiveAvgPool2d(1), nn.Flatten(), nn.Linear(64, 10))


def torch_side(name, batch, threads, seconds):
    """Runs in a process of its own, so that thread counts do not leak from case to case."""
    import torch
    from torch import nn

    torch.set_num_threads(threads)
    torch.manual_seed(1)
    model, x, y = torch_model(name), torch.randn(batch, 1, 28, 28), torch.randint(0, 10, (batch,))
    if not name.startswith("mlp-"):
        model, x = model.to(memory_format=torch.channels_last), x.to(memory_format=torch.channels_last)
    optimizer = torch.optim.SGD(model.parameters(), lr=1e-4, momentum=0.9, weight_decay=1e-4, foreach=True)
    loss = nn.CrossEntropyLoss()

    def step():
        optimizer.zero_grad(set_to_none=True)
        loss(model(x), y).backward()
        optimizer.step()

    for _ in range(5):
        step()
    rounds, start = [], time.perf_counter()
    while len(rounds) < 5 or time.perf_counter() - start < seconds:
        begin, steps = time.perf_counter(), 0
        while time.perf_counter() - begin < seconds / 10:
            step()
            steps += 1
        rounds.append(steps * batch / (time.perf_counter() - begin))
    print(json.dumps({"samples_per_second": statistics.median(rounds)}))


def measured(command, threads, cores, isa):
    # Without these PyTorch gives its large tensors back to the system after every step and takes them anew, page fault by page fault:
    # its convolutions then run at an eighth of their speed here.
    keep = {"MALLOC_TOP_PAD_": "536870912", "MALLOC_MMAP_THRESHOLD_": "1073741824", "MALLOC_TRIM_THRESHOLD_": "4294967296"}
    environment = dict(os.environ, OMP_NUM_THREADS=str(threads), OMP_WAIT_POLICY="ACTIVE" if threads > 1 else "PASSIVE", **keep)
    # Set on some virtual machines for the sake of old OpenBLAS builds; its best kernels are what we measure against.
    for name in ("OPENBLAS_CORETYPE", "OPENBLAS_L2_SIZE"):
        environment.pop(name, None)
    environment.update(HELD_TO.get(isa, {}))
    output = subprocess.run(["taskset", "-c", ",".join(map(str, cores)), *command], capture_output=True, text=True, check=True, env=environment).stdout
    return json.loads(output.splitlines()[-1])["samples_per_second"]


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rounds", type=int, default=5)
    parser.add_argument("--seconds", type=float, default=1.5)
    parser.add_argument("--threads", default="1")
    parser.add_argument("--isa", choices=list(HELD_TO))
    parser.add_argument("--cases", default=CASES)
    parser.add_argument("--torch", nargs=3, metavar=("MODEL", "BATCH", "THREADS"), help=argparse.SUPPRESS)
    a = parser.parse_args()
    if a.torch:
        return torch_side(a.torch[0], int(a.torch[1]), int(a.torch[2]), a.seconds)
    if not CLI.exists():
        sys.exit(f"{CLI} is not there; build it with ./run list")
    print(f"{'model':14}{'batch':>6}{'threads':>8}{'ratio':>8}  {'(low - high)':16}{'bitstill/s':>12}{'pytorch/s':>12}")
    for threads in [int(t) for t in a.threads.split(",")]:
        for case in a.cases.split(","):
            name, batch = case.split(":")
            ours, theirs = [], []
            all_cores = sorted(os.sched_getaffinity(0))
            for i in range(a.rounds):
                cores = {all_cores[(i + k) % len(all_cores)] for k in range(threads)}
                ours.append(measured([str(CLI), "bench", "train", "--model", name, "--batch", batch, "--threads", str(threads), "--seconds", str(a.seconds), "--json"], threads, cores, a.isa))
                theirs.append(measured([sys.executable, __file__, "--seconds", str(a.seconds), "--torch", name, batch, str(threads)], threads, cores, a.isa))
            ratios = sorted(o / t for o, t in zip(ours, theirs))
            ratio = statistics.median(ratios)
            print(f"{name:14}{batch:>6}{threads:>8}{ratio:>8.2f}  {f'({ratios[0]:.2f} - {ratios[-1]:.2f})':16}{statistics.median(ours):>12,.0f}{statistics.median(theirs):>12,.0f}", flush=True)


main()
