#!/usr/bin/env python3
"""Trains DeepLOB (variant `paper`) with PyTorch from hftml's starting weights, on hftml's feature table, in hftml's order, and compares validation curves.

    hftml features Pipelines/lob-deeplob/features-10.yaml DATA --market Pipelines/lob-deeplob/market.yaml -o f.safetensors
    hftml train Pipelines/lob-deeplob/deeplob.yaml --features f.safetensors -o model --set training.monitor=loss --set training.epochs=6
    hftml model initial deeplob-paper --features 40 --seed 1 --format torch -o start.safetensors
    python compare_curves.py f.safetensors start.safetensors model/history.csv [--stride 4] [--seed 1]

What is repeated here: windows, cuts in time, the threshold of the labels, standardisation, the permutation of every epoch, Adam at 1e-3, batches of 64.
"""
import argparse
import csv

import numpy as np
import torch
from safetensors import safe_open
from safetensors.numpy import load_file
from safetensors.torch import load_file as load_torch
from torch import nn
from torch.nn import functional as F

parser = argparse.ArgumentParser()
parser.add_argument("features")
parser.add_argument("initial")
parser.add_argument("history")
parser.add_argument("--stride", type=int, default=4)
parser.add_argument("--seed", type=int, default=1)
parser.add_argument("--window", type=int, default=100)
parser.add_argument("--validation", default="2012-06-21T12:30:00-04:00")
parser.add_argument("--test", default="2012-06-21T13:15:00-04:00")
options = parser.parse_args()
torch.set_num_threads(2)

MASK = (1 << 64) - 1


def scramble(z):
    z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9 & MASK
    z = (z ^ (z >> 27)) * 0x94D049BB133111EB & MASK
    return z ^ (z >> 31)


class SeededRandom:
    """hftml's generator: SplitMix64, keyed by a seed, a purpose and a place."""

    def __init__(self, seed, purpose, place):
        self.state = seed
        for word in (purpose, place):
            self.state = self.next() ^ word * 0xD6E8FEB86659FD93 & MASK
        self.state = self.next()

    def next(self):
        self.state = (self.state + 0x9E3779B97F4A7C15) & MASK
        return scramble(self.state)


def permutation(count, seed, epoch):
    bits = 1
    while 1 << 2 * bits < max(count, 2):
        bits += 1
    random = SeededRandom(seed, 0x0E0C, epoch)
    keys, mask = [random.next() for _ in range(4)], (1 << bits) - 1

    def mixed(v):
        left, right = v >> bits, v & mask
        for key in keys:
            left, right = right, left ^ (scramble(right + key & MASK) & mask)
        return left << bits | right

    out = []
    for i in range(count):
        v = mixed(i)
        while v >= count:
            v = mixed(v)
        out.append(v)
    return np.array(out)


class DeepLOB(nn.Module):
    def __init__(self):
        super().__init__()
        layers = {1: nn.Conv2d(1, 16, (1, 2), (1, 2)), 7: nn.Conv2d(16, 16, (1, 2), (1, 2)), 13: nn.Conv2d(16, 16, (1, 10))}
        layers |= {i: nn.Conv2d(16, 16, (4, 1)) for i in (3, 5, 9, 11, 15, 17)}
        layers |= {19: nn.Conv2d(16, 32, 1), 21: nn.Conv2d(32, 32, (3, 1), padding=(1, 0)), 23: nn.Conv2d(16, 32, 1), 25: nn.Conv2d(32, 32, (5, 1), padding=(2, 0)), 28: nn.Conv2d(16, 32, 1)}
        layers |= {31: nn.LSTM(96, 64, batch_first=True), 32: nn.Linear(64, 3)}
        self.layers = nn.ModuleDict({str(i): l for i, l in layers.items()})

    def forward(self, x):
        act, x = F.leaky_relu, x.unsqueeze(1)
        conv = lambda i, x: act(self.layers[str(i)](x))
        for i in (1, 3, 5, 7, 9, 11, 13, 15, 17):
            x = conv(i, F.pad(x, (0, 0, 1, 2)) if i not in (1, 7, 13) else x)
        pooled = F.max_pool2d(F.pad(x, (0, 0, 1, 1), value=-float("inf")), (3, 1), 1)
        x = torch.cat([conv(21, conv(19, x)), conv(25, conv(23, x)), conv(28, pooled)], 1).squeeze(3).transpose(1, 2)
        return self.layers["32"](self.layers["31"](x)[0][:, -1])


table = load_file(options.features)
rows, times, segment, moves = table["features"], table["time"], table["segment"], table["label_move"]
with safe_open(options.features, "np") as f:
    import json

    horizon = json.loads(f.metadata()["label"])["horizon"]
cut = [int(np.datetime64(np.datetime64(t[:19]) + np.timedelta64(4, "h"), "ns").astype(np.int64)) for t in (options.validation, options.test)]
w, n = options.window, len(times)
ends = np.array([r for r in range(w - 1, n) if segment[r - w + 1] == segment[r] and not np.isnan(moves[r])])
reach = times[np.minimum(ends + horizon, n - 1)]
training = ends[(times[ends] < cut[0]) & (reach < cut[0])]
validation = ends[(times[ends] >= cut[0]) & (times[ends] < cut[1]) & (reach < cut[1])]
sizes = np.sort(np.abs(moves[training]))
threshold = sizes[(len(sizes) - 1) // 3]
covered = np.unique((training[:, None] - np.arange(w)).ravel())
mean, deviation = rows[covered].astype(np.float64).mean(0), rows[covered].astype(np.float64).std(0)
scaled = np.clip((rows - mean.astype(np.float32)) * (1 / deviation).astype(np.float32), -8, 8)
target = np.where(moves > threshold, 2, np.where(moves < -threshold, 0, 1))
training = training[:: options.stride]
print(f"{len(training)} training and {len(validation)} validation windows, threshold {threshold:.3g}")
windows = lambda e: torch.from_numpy(np.stack([scaled[i - w + 1 : i + 1] for i in e]))

net = DeepLOB()
net.load_state_dict(load_torch(options.initial), strict=True)
optimizer = torch.optim.Adam(net.parameters(), 1e-3)
history = list(csv.DictReader(open(options.history)))
for epoch, ours in enumerate(history):
    order, total = training[permutation(len(training), options.seed, epoch)], 0.0
    for at in range(0, len(order), 64):
        part = order[at : at + 64]
        optimizer.zero_grad()
        loss = F.cross_entropy(net(windows(part)), torch.from_numpy(target[part]))
        loss.backward()
        optimizer.step()
        total += loss.item() * len(part)
    with torch.no_grad():
        logits = torch.cat([net(windows(validation[at : at + 512])) for at in range(0, len(validation), 512)])
        value = F.cross_entropy(logits, torch.from_numpy(target[validation])).item()
        called, truth = logits.argmax(1).numpy(), target[validation]
    f1 = np.mean([2 * np.sum((called == k) & (truth == k)) / max(np.sum(called == k) + np.sum(truth == k), 1) for k in range(3)])
    print(
        f"epoch {epoch + 1}: training loss {total / len(order):.5f} torch, {float(ours['train_loss']):.5f} hftml; validation loss {value:.5f} torch, "
        f"{float(ours['val_loss']):.5f} hftml; macro F1 {f1:.4f} torch, {float(ours['val_f1_macro']):.4f} hftml", flush=True)
