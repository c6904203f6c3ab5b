#!/usr/bin/env python3
"""Records what PyTorch computes for the named order-book models and the larger layers: output, gradients, ten training steps.

    python3 -m venv v && v/bin/pip install torch==2.13.0+cpu numpy safetensors && v/bin/python make_model_fixtures.py

Writes models.safetensors beside itself. Inputs, targets and starting weights follow from a formula that the test repeats, in the order and
layout of hftml's parameters; of gradients and weights every STRIDE-th value is kept.
"""
import json
import os

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn
from torch.nn import functional as F

torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)
STRIDE = 61
BATCH = 6


def uniform(first, count):
    """Numbers in [0, 1) by the finaliser of SplitMix64: 24 bits of each index."""
    with np.errstate(over="ignore"):
        z = (np.arange(first, first + count, dtype=np.uint64) + np.uint64(1)) * np.uint64(0x9E3779B97F4A7C15)
        z = (z ^ (z >> np.uint64(30))) * np.uint64(0xBF58476D1CE4E5B9)
        z = (z ^ (z >> np.uint64(27))) * np.uint64(0x94D049BB133111EB)
        z = z ^ (z >> np.uint64(31))
    return (z >> np.uint64(40)).astype(np.float32) * np.float32(2.0**-24)


class Book:
    """A model's parameters in hftml's order: tensor, how to turn it into hftml's layout and back, and how it starts."""

    def __init__(self):
        self.entries = []

    def add(self, tensor, permute=None, start="uniform"):
        self.entries.append((tensor, permute, start))

    def conv(self, c):
        self.add(c.weight, (0, 2, 3, 1))
        self.add(c.bias)

    def linear(self, c):
        self.add(c.weight)
        self.add(c.bias)

    def norm(self, b):
        self.add(b.weight, start="one")
        self.add(b.bias)
        if hasattr(b, "running_mean"):
            self.add(b.running_mean, start="keep")
            self.add(b.running_var, start="keep")

    def recurrent(self, r):
        suffixes = [f"l{i}{s}" for i in range(r.num_layers) for s in (["", "_reverse"] if r.bidirectional else [""])]
        for s in suffixes:
            for n in ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]:
                self.add(getattr(r, f"{n}_{s}"))

    def fill(self):
        k = 0
        for tensor, permute, start in self.entries:
            shape = tensor.shape if permute is None else tuple(tensor.shape[i] for i in permute)
            count = tensor.numel()
            values = uniform(k, count) * np.float32(2) - np.float32(1)
            k += count
            if start == "keep":
                continue
            fan = max(count // shape[0], 1) if len(shape) > 1 else 16
            values = values * np.float32(1 / np.sqrt(fan))
            if start == "one":
                values = values + np.float32(1)
            if start == "half":
                values = np.full(count, 0.5, np.float32)
            values = torch.from_numpy(values.reshape(shape))
            with torch.no_grad():
                tensor.copy_(values if permute is None else values.permute(tuple(np.argsort(permute))))

    def flat(self, gradient=False):
        out = []
        for tensor, permute, _ in self.entries:
            t = tensor
            if gradient:
                t = tensor.grad if isinstance(tensor, nn.Parameter) else torch.zeros_like(tensor)
                t = torch.zeros_like(tensor) if t is None else t
            t = t.detach()
            out.append((t if permute is None else t.permute(permute)).reshape(-1).numpy())
        return np.concatenate(out)


class DeepLOB(nn.Module):
    def __init__(self, variant):
        super().__init__()
        self.variant = variant
        n, m = (16, 32) if variant == "paper" else (32, 64)
        self.book = book = Book()
        self.convs, self.norms, self.plan = nn.ModuleList(), nn.ModuleList(), []

        def conv(cin, cout, kernel, stride, pad, act):
            c = nn.Conv2d(cin, cout, kernel, stride)
            self.convs.append(c)
            book.conv(c)
            b = None
            if variant == "torch":
                b = nn.BatchNorm2d(cout)
                self.norms.append(b)
                book.norm(b)
            return c, pad, act, b

        t = (0, 0) if variant == "torch" else (1, 2)
        cin = 1
        self.trunk = []
        for block, (k, s) in enumerate([(2, 2), (2, 2), (10, 1)]):
            act = torch.tanh if variant == "torch" and block == 1 else F.leaky_relu
            self.trunk.append(conv(cin, n, (1, k), (1, s), (0, 0), act))
            self.trunk += [conv(n, n, (4, 1), 1, t, act) for _ in range(2)]
            cin = n
        lrelu = F.leaky_relu
        self.short = [conv(n, m, 1, 1, (0, 0), lrelu), conv(m, m, (3, 1), 1, (1, 1), lrelu)]
        self.long = [conv(n, m, 1, 1, (0, 0), lrelu), conv(m, m, (5, 1), 1, (2, 2), lrelu)]
        self.pooled = [conv(n, m, 1, 1, (0, 0), lrelu)]
        self.lstm, self.head = nn.LSTM(3 * m, 64, batch_first=True), nn.Linear(64, 3)
        book.recurrent(self.lstm)
        book.linear(self.head)

    @staticmethod
    def run(steps, x):
        for c, pad, act, norm in steps:
            x = act(c(F.pad(x, (0, 0, *pad))))
            x = norm(x) if norm is not None else x
        return x

    def forward(self, x):
        x = self.run(self.trunk, x.unsqueeze(1))
        pooled = F.max_pool2d(F.pad(x, (0, 0, 1, 1), value=-float("inf")), (3, 1), 1)
        x = torch.cat([self.run(self.short, x), self.run(self.long, x), self.run(self.pooled, pooled)], 1)
        return self.head(self.lstm(x.squeeze(3).transpose(1, 2))[0][:, -1])


class BinCTABL(nn.Module):
    def __init__(self):
        super().__init__()
        p = lambda *s: nn.Parameter(torch.zeros(*s))
        self.l1, self.b1, self.l2, self.b2, self.y = p(10), p(10), p(40), p(40), p(2)
        self.w = nn.ParameterList([p(60, 40), p(10, 10), p(60, 10), p(120, 60), p(10, 5), p(120, 5), p(3, 120), p(5, 5), p(5, 1), p(3, 1), p(1)])
        self.book = book = Book()
        for t, start in [(self.l1, "one"), (self.b1, "uniform"), (self.l2, "one"), (self.b2, "uniform"), (self.y, "half")]:
            book.add(t, start=start)
        for t in self.w[:-1]:
            book.add(t)
        book.add(self.w[-1], start="half")

    def forward(self, x):
        def normal(dim):
            s = x.std(dim, keepdim=True)
            return (x - x.mean(dim, keepdim=True)) / torch.where(s < 1e-4, torch.ones_like(s), s)

        z1 = self.l1[:, None] * normal(2) + self.b1[:, None]
        z2 = self.l2 * normal(1) + self.b2
        x = (self.y[0] * z1 + self.y[1] * z2).transpose(1, 2)
        w = self.w
        x = torch.relu(w[0] @ x @ w[1] + w[2])
        x = torch.relu(w[3] @ x @ w[4] + w[5])
        mixed = w[6] @ x
        eye = torch.eye(5)
        a = torch.softmax(mixed @ (w[7] * (1 - eye) + eye / 5), -1)
        x = w[10] * mixed + (1 - w[10]) * mixed * a
        return (x @ w[8] + w[9]).squeeze(2)

    def constrain(self):
        with torch.no_grad():
            self.y[self.y < 0] = 0.01
            self.w[10].clamp_(0, 1)
            for i in [0, 1, 3, 4, 6, 7, 8]:
                n = self.w[i].norm()
                if n > 10:
                    self.w[i].mul_(10 / n)


class Recurrent(nn.Module):
    def __init__(self, kind, features, hidden, layers, bidirectional):
        super().__init__()
        self.r = getattr(nn, kind)(features, hidden, layers, batch_first=True, bidirectional=bidirectional)
        self.head = nn.Linear(hidden * (2 if bidirectional else 1), 3)
        self.book = Book()
        self.book.recurrent(self.r)
        self.book.linear(self.head)

    def forward(self, x):
        state = self.r(x)[1]
        state = state[0] if isinstance(state, tuple) else state
        last = torch.cat([state[-2], state[-1]], 1) if self.r.bidirectional else state[-1]
        return self.head(last)


class Attention(nn.Module):
    """One block over time, one over features: a small network of the kind of TLOB."""

    def __init__(self, time, features):
        super().__init__()
        self.book = book = Book()
        self.blocks = nn.ModuleList()
        for width, heads in [(features, 2), (time, 1)]:
            parts = nn.ModuleList([nn.LayerNorm(width), nn.MultiheadAttention(width, heads, batch_first=True), nn.LayerNorm(width), nn.Linear(width, 2 * width), nn.Linear(2 * width, width)])
            self.blocks.append(parts)
            book.norm(parts[0])
            book.add(parts[1].in_proj_weight)
            book.add(parts[1].in_proj_bias)
            book.linear(parts[1].out_proj)
            book.norm(parts[2])
            book.linear(parts[3])
            book.linear(parts[4])
        self.head = nn.Linear(time * features, 3)
        book.linear(self.head)

    def forward(self, x):
        for norm, attention, second, up, down in self.blocks:
            z = norm(x)
            x = x + attention(z, z, z, need_weights=False)[0]
            x = x + down(F.gelu(up(second(x)), approximate="tanh"))
            x = x.transpose(1, 2)
        return self.head(x.reshape(x.shape[0], -1))


def attention_layers(time, features):
    layers, last = [], "input"
    for i, (width, heads) in enumerate([(features, 2), (time, 1)]):
        layers += [
            {"layer": "layernorm", "from": last}, {"layer": "attention", "heads": heads, "name": f"a{i}"}, {"layer": "add", "from": [last, f"a{i}"], "name": f"m{i}"},
            {"layer": "layernorm"}, {"layer": "dense", "units": 2 * width}, {"layer": "gelu"}, {"layer": "dense", "units": width, "name": f"f{i}"},
            {"layer": "add", "from": [f"m{i}", f"f{i}"], "name": f"s{i}"}, {"layer": "transpose", "name": f"b{i}"},
        ]
        last = f"b{i}"
    return layers + [{"layer": "flatten"}, {"layer": "dense", "units": 3}]


def recurrent_layers(kind, hidden, layers, bidirectional):
    return [{"layer": kind, "hidden": hidden, "layers": layers, "bidirectional": bidirectional}, {"layer": "dense", "units": 3}]


def focal(logits, targets, weights, gamma):
    logp = F.log_softmax(logits, 1).gather(1, targets[:, None])[:, 0]
    w = weights[targets]
    return -(w * (1 - logp.exp()) ** gamma * logp).sum() / w.sum()


weights = torch.tensor([1.5, 0.5, 1.0])
plain = ({"kind": "cross-entropy"}, F.cross_entropy)
smooth = ({"kind": "cross-entropy", "classWeights": [1.5, 0.5, 1.0], "labelSmoothing": 0.1}, lambda z, t: F.cross_entropy(z, t, weights, label_smoothing=0.1))
focused = ({"kind": "focal", "gamma": 2, "classWeights": [1.5, 0.5, 1.0]}, lambda z, t: focal(z, t, weights, 2))
cases = [
    ("deeplob-paper", lambda: DeepLOB("paper"), 100, 40, None, plain),
    ("deeplob-keras", lambda: DeepLOB("keras"), 100, 40, None, plain),
    ("deeplob-torch", lambda: DeepLOB("torch"), 100, 40, None, plain),
    ("bin-ctabl", BinCTABL, 10, 40, None, smooth),
    ("lob-lstm", lambda: Recurrent("LSTM", 40, 64, 1, False), 50, 40, None, plain),
    ("bilstm", lambda: Recurrent("LSTM", 5, 17, 2, True), 12, 5, recurrent_layers("lstm", 17, 2, True), focused),
    ("gru", lambda: Recurrent("GRU", 7, 20, 2, False), 9, 7, recurrent_layers("gru", 20, 2, False), smooth),
    ("bigru", lambda: Recurrent("GRU", 3, 5, 2, True), 6, 3, recurrent_layers("gru", 5, 2, True), plain),
    ("dual-attention", lambda: Attention(12, 10), 12, 10, attention_layers(12, 10), focused),
]
arrays, metadata = {}, {}
for name, make, time, features, layers, (loss_node, loss) in cases:
    model = make()
    model.book.fill()
    model.train()
    count = BATCH * time * features
    x = torch.from_numpy((uniform(1 << 40, count) * np.float32(4) - np.float32(2)).reshape(BATCH, time, features)).requires_grad_()
    target = torch.arange(BATCH) % 3
    out = model(x)
    value = loss(out, target)
    value.backward()
    arrays[f"{name}.output"], arrays[f"{name}.dx"] = out.detach().numpy().reshape(-1), x.grad.numpy().reshape(-1)[::STRIDE].copy()
    arrays[f"{name}.gradient"] = model.book.flat(gradient=True)[::STRIDE].copy()
    # A second copy trains, so that running statistics start fresh.
    model = make()
    model.book.fill()
    model.train()
    optimizer = torch.optim.Adam(model.parameters(), 1e-3)
    losses = []
    for _ in range(10):
        optimizer.zero_grad()
        value = loss(model(x.detach()), target)
        value.backward()
        optimizer.step()
        if hasattr(model, "constrain"):
            model.constrain()
        losses.append(value.item())
    arrays[f"{name}.losses"] = np.array(losses, np.float32)
    arrays[f"{name}.trained"] = model.book.flat()[::STRIDE].copy()
    metadata[name] = json.dumps({"time": time, "channels": features, "layers": layers, "loss": loss_node, "parameters": len(model.book.flat())})
    print(name, len(model.book.flat()), losses[0], losses[-1])
metadata["stride"], metadata["batch"] = str(STRIDE), str(BATCH)
save_file(arrays, os.path.join(os.path.dirname(os.path.abspath(__file__)), "models.safetensors"), metadata)
