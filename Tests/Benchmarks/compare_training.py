#!/usr/bin/env python3
"""Training steps of the reference models beside PyTorch on the same CPU: alternating blocks, medians, ratio.

    HFTML_BENCHMARKS=1 swift build -c release --product training-benchmark
    env -u OPENBLAS_CORETYPE python3 Tests/Benchmarks/compare_training.py [--threads 2] [--rounds 7]

Needs torch (2.13.0+cpu). PyTorch runs eager in float32 with its fused Adam and zero_grad(set_to_none); the faster of fused and
default Adam is taken. Batches lie ready in memory for PyTorch; hftml's step includes gathering its windows.
"""
import argparse
import json
import os
import statistics
import subprocess
import time

import torch
from torch import nn


class LSTM(nn.Module):
    def __init__(self, features):
        super().__init__()
        self.lstm, self.head = nn.LSTM(features, 64, 2, batch_first=True), nn.Linear(64, 1)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


def cnn(features):
    dense = [m for a, b in [(8 * 32, 16), (16, 32), (32, 64), (64, 128)] for m in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(nn.Conv1d(features, 16, 3), nn.ReLU(), nn.Conv1d(16, 32, 3), nn.ReLU(), nn.Flatten(), *dense, nn.Linear(128, 1))


def torch_block(kind, features, batch, steps, fused):
    torch.manual_seed(1)
    network = LSTM(features) if kind == "bars-lstm" else cnn(features)
    shape = (32 * batch, 10, features) if kind == "bars-lstm" else (32 * batch, features, 12)
    x, y = torch.rand(shape) - 0.5, torch.randint(0, 2, (32 * batch, 1)).float()
    loss = nn.MSELoss() if kind == "bars-lstm" else nn.BCEWithLogitsLoss()
    optimizer = torch.optim.Adam(network.parameters(), 1e-3, fused=fused)

    def run(count):
        start = time.perf_counter()
        for step in range(count):
            at = step % 32 * batch
            optimizer.zero_grad(set_to_none=True)
            loss(network(x[at : at + batch]), y[at : at + batch]).backward()
            optimizer.step()
        return (time.perf_counter() - start) / count

    run(20)
    return run(steps)


parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--rounds", type=int, default=7)
parser.add_argument("--steps", type=int, default=200)
options = parser.parse_args()
torch.set_num_threads(options.threads)
program = os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.build/release/training-benchmark")
print(f"torch {torch.__version__}, {options.threads} threads, load {os.getloadavg()[0]:.2f}")
for kind, features in [("bars-cnn", 6), ("bars-lstm", 8)]:
    ours, theirs, kernels = [], [], ""
    fused = torch_block(kind, features, 64, options.steps, True) < torch_block(kind, features, 64, options.steps, False)
    for _ in range(options.rounds):
        theirs.append(torch_block(kind, features, 64, options.steps, fused))
        answer = json.loads(subprocess.check_output([program, kind, str(features), "64", str(options.threads), str(5 * options.steps)]))
        ours.append(statistics.median(answer["secondsPerStep"]))
        kernels = answer["kernels"]
    a, b = statistics.median(ours), statistics.median(theirs)
    ratios = sorted(t / o for t, o in zip(theirs, ours))
    print(
        f"{kind}: hftml {a * 1e6:.0f} µs a step ({64 / a:.0f} samples/s, {kernels}), "
        f"torch {b * 1e6:.0f} µs ({'fused' if fused else 'default'} Adam): {b / a:.2f}x (rounds {ratios[0]:.2f} … {ratios[-1]:.2f})"
    )
