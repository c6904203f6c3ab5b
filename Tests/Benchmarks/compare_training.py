#!/usr/bin/env python3
"""Training steps beside PyTorch on the same CPU: alternating blocks, medians, ratios; eager and compiled.

    HFTML_BENCHMARKS=1 swift build -c release --product training-benchmark
    env -u OPENBLAS_CORETYPE python3 Tests/Benchmarks/compare_training.py [--threads 2] [--rounds 5] [--only NAME] [--compile]

Needs torch (2.13.0+cpu), for --compile also a C++ compiler. PyTorch runs in float32 with the faster of its fused and default Adam and, for image
networks, the faster memory format; its batches lie ready in memory, while hftml's step gathers its windows. The limit beside each ratio is three
times the multiply-adds of a forward pass at the peak rate that our product kernel reaches (--peak, GF/s of one core).
"""
import argparse
import json
import os
import statistics
import subprocess
import time

import torch
from torch import nn
from torch.nn import functional as F


class LSTM(nn.Module):
    def __init__(self, features, hidden, layers):
        super().__init__()
        self.lstm, self.head = nn.LSTM(features, hidden, layers, batch_first=True), nn.Linear(hidden, 1)

    def forward(self, x):
        return self.head(self.lstm(x)[0][:, -1])


def cnn(features):
    dense = [m for a, b in [(8 * 32, 16), (16, 32), (32, 64), (64, 128)] for m in (nn.Linear(a, b), nn.ReLU())]
    return nn.Sequential(nn.Conv1d(features, 16, 3), nn.ReLU(), nn.Conv1d(16, 32, 3), nn.ReLU(), nn.Flatten(), *dense, nn.Linear(128, 1))


class DeepLOB(nn.Module):
    """The two variants as their authors define them; see the order-book fixtures of the tests for the sources."""

    def __init__(self, variant):
        super().__init__()
        n, m = (16, 32) if variant == "paper" else (32, 64)

        def conv(cin, cout, kernel, stride=1, pad=(0, 0), act=nn.LeakyReLU):
            parts = [nn.ZeroPad2d((0, 0, *pad))] if any(pad) else []
            parts += [nn.Conv2d(cin, cout, kernel, stride), act()]
            return parts + ([nn.BatchNorm2d(cout)] if variant == "torch" else [])

        pad = (0, 0) if variant == "torch" else (1, 2)
        trunk, cin = [], 1
        for block, (k, s) in enumerate([(2, 2), (2, 2), (10, 1)]):
            act = nn.Tanh if variant == "torch" and block == 1 else nn.LeakyReLU
            trunk += conv(cin, n, (1, k), (1, s), act=act) + conv(n, n, (4, 1), pad=pad, act=act) + conv(n, n, (4, 1), pad=pad, act=act)
            cin = n
        self.trunk = nn.Sequential(*trunk)
        self.short = nn.Sequential(*conv(n, m, 1), *conv(m, m, (3, 1), pad=(1, 1)))
        self.long = nn.Sequential(*conv(n, m, 1), *conv(m, m, (5, 1), pad=(2, 2)))
        self.pooled = nn.Sequential(nn.MaxPool2d((3, 1), 1, (1, 0)), *conv(n, m, 1))
        self.lstm, self.head = nn.LSTM(3 * m, 64, batch_first=True), nn.Linear(64, 3)

    def forward(self, x):
        x = self.trunk(x)
        x = torch.cat([self.short(x), self.long(x), self.pooled(x)], 1).squeeze(3).transpose(1, 2)
        return self.head(self.lstm(x)[0][:, -1])


class BinCTABL(nn.Module):
    def __init__(self):
        super().__init__()
        p = lambda *s: nn.Parameter(torch.randn(*s) * 0.1)
        self.l1, self.b1, self.l2, self.b2, self.y = p(10, 1), p(10, 1), p(40), p(40), nn.Parameter(torch.full((2,), 0.5))
        self.w1, self.w2, self.w3 = p(60, 40), p(10, 10), p(60, 10)
        self.v1, self.v2, self.v3 = p(120, 60), p(10, 5), p(120, 5)
        self.t1, self.t, self.t2, self.t3, self.mix = p(3, 120), p(5, 5), p(5, 1), p(3, 1), nn.Parameter(torch.tensor(0.5))
        self.register_buffer("eye", torch.eye(5))

    def forward(self, x):
        def normal(dim):
            s = x.std(dim, keepdim=True)
            return (x - x.mean(dim, keepdim=True)) / torch.where(s < 1e-4, torch.ones_like(s), s)

        x = self.y[0] * (self.l1 * normal(2) + self.b1) + self.y[1] * (self.l2 * normal(1) + self.b2)
        x = x.transpose(1, 2)
        x = F.dropout(torch.relu(self.w1 @ x @ self.w2 + self.w3), 0.1, True)
        x = F.dropout(torch.relu(self.v1 @ x @ self.v2 + self.v3), 0.1, True)
        x = self.t1 @ x
        a = torch.softmax(x @ (self.t * (1 - self.eye) + self.eye / 5), -1)
        x = self.mix * x + (1 - self.mix) * x * a
        return (x @ self.t2 + self.t3).squeeze(2)

    def constrain(self):
        with torch.no_grad():
            self.mix.clamp_(0, 1)
            self.y[self.y < 0] = 0.01
            for w in (self.w1, self.w2, self.v1, self.v2, self.t1, self.t, self.t2):
                n = torch.linalg.norm(w)
                w.mul_(torch.clamp(10 / n, max=1))


# name, hftml's model, window, features, batch, torch model, input of torch
CASES = [
    ("LSTM 2x64, 8 inputs, 10 steps, batch 64", "lstm:64x2", 10, 8, 64, lambda: LSTM(8, 64, 2), (10, 8)),
    ("LSTM 2x128, 40 inputs, 60 steps, batch 256", "lstm:128x2", 60, 40, 256, lambda: LSTM(40, 128, 2), (60, 40)),
    ("bars CNN, batch 256", "bars-cnn", 12, 6, 256, lambda: cnn(6), (6, 12)),
    ("DeepLOB torch, batch 64", "deeplob-torch", 100, 40, 64, lambda: DeepLOB("torch"), (1, 100, 40)),
    ("DeepLOB paper, batch 64", "deeplob-paper", 100, 40, 64, lambda: DeepLOB("paper"), (1, 100, 40)),
    ("BiN-CTABL, batch 64", "bin-ctabl", 10, 40, 64, BinCTABL, (10, 40)),
]


class Peer:
    def __init__(self, make, shape, batch, fused, channels_last, compiled):
        torch.manual_seed(1)
        self.module = make()
        self.x, self.batch = torch.rand((4 * batch, *shape)) - 0.5, batch
        classes = self.module(self.x[:2]).shape[-1]
        self.y = torch.randint(0, 2, (4 * batch,)) if classes > 1 else torch.randint(0, 2, (4 * batch, 1)).float()
        self.loss = nn.CrossEntropyLoss() if classes > 1 else nn.BCEWithLogitsLoss() if len(shape) == 2 and shape[0] == 6 else nn.MSELoss()
        if channels_last:
            self.module, self.x = self.module.to(memory_format=torch.channels_last), self.x.to(memory_format=torch.channels_last)
        self.optimizer = torch.optim.Adam(self.module.parameters(), 1e-3, fused=fused)
        self.forward = torch.compile(self.module) if compiled else self.module

    def run(self, seconds):
        start, steps = time.perf_counter(), 0
        while steps < 2 or time.perf_counter() - start < seconds:
            at = steps % 4 * self.batch
            self.optimizer.zero_grad(set_to_none=True)
            self.loss(self.forward(self.x[at : at + self.batch]), self.y[at : at + self.batch]).backward()
            self.optimizer.step()
            if hasattr(self.module, "constrain"):
                self.module.constrain()
            steps += 1
        return (time.perf_counter() - start) / steps


parser = argparse.ArgumentParser()
parser.add_argument("--threads", type=int, default=2)
parser.add_argument("--rounds", type=int, default=5)
parser.add_argument("--seconds", type=float, default=2)
parser.add_argument("--only", default="")
parser.add_argument("--compile", action="store_true")
parser.add_argument("--peak", type=float, default=110)
parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.build/release/training-benchmark"))
options = parser.parse_args()
torch.set_num_threads(options.threads)
print(f"torch {torch.__version__}, {options.threads} threads, load {os.getloadavg()[0]:.2f}", flush=True)
for name, model, window, features, batch, make, shape in CASES:
    if options.only not in name:
        continue
    forms = [(fused, last, False) for fused in (True, False) for last in ((True, False) if len(shape) == 3 else (False,))]
    if options.compile:
        forms += [(True, len(shape) == 3, True)]
    timed = []
    for fused, last, compiled in forms:
        try:
            peer = Peer(make, shape, batch, fused, last, compiled)
            peer.run(options.seconds / 4)
            timed.append((peer.run(options.seconds / 2), (fused, last, compiled), peer))
        except Exception as problem:
            print(f"  torch {'compiled' if compiled else 'eager'} failed: {str(problem).splitlines()[0]}", flush=True)
    for is_compiled in (False, True):
        group = [t for t in timed if t[1][2] == is_compiled]
        if not group:
            continue
        _, (fused, last, compiled), peer = min(group, key=lambda t: t[0])
        ours, theirs, answer = [], [], {}
        for _ in range(options.rounds):
            theirs.append(peer.run(options.seconds))
            command = [options.program, model, str(window), str(features), str(batch), str(options.threads), str(max(1, int(options.seconds)))]
            answer = json.loads(subprocess.check_output(command))
            ours.append(statistics.median(answer["secondsPerStep"]))
        a, b = statistics.median(ours), statistics.median(theirs)
        ratios = sorted(t / o for t, o in zip(theirs, ours))
        limit = 3 * 2 * answer["multiplyAdds"] * batch / (options.peak * 1e9 * options.threads)
        form = f"{'compiled' if compiled else 'eager'}, {'fused' if fused else 'default'} Adam{', channels last' if last else ''}"
        print(
            f"{name}: hftml {a * 1e3:.3f} ms ({answer['kernels']}, {answer['bytes'] / 2**20:.1f} MiB, arithmetic limit {limit * 1e3:.3f} ms), torch {b * 1e3:.3f} ms ({form}): "
            f"{b / a:.2f}x (rounds {ratios[0]:.2f} … {ratios[-1]:.2f})", flush=True)
