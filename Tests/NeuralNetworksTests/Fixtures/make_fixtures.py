#!/usr/bin/env python3
"""Records what PyTorch computes for small networks: outputs, gradients, ten training steps.

    python3 -m venv v && v/bin/pip install torch==2.13.0+cpu numpy safetensors && v/bin/python make_fixtures.py

Writes torch.safetensors beside itself. Weights are stored in the layout of hftml: dense and LSTM as in PyTorch, convolutions as
[out][kernel][in]. Activations are [batch][time][channels].
"""
import json
import os

import numpy as np
import torch
from safetensors.numpy import save_file
from torch import nn

torch.manual_seed(20260101)
torch.set_num_threads(1)
torch.use_deterministic_algorithms(True)


class Conv(nn.Module):
    def __init__(self, cin, cout, kernel, stride, padding):
        super().__init__()
        self.conv, self.kernel, self.padding = nn.Conv1d(cin, cout, kernel, stride), kernel, padding

    def forward(self, x):
        x = x.transpose(1, 2)
        k = self.kernel
        if self.padding == "same":
            x = nn.functional.pad(x, ((k - 1) // 2, k - 1 - (k - 1) // 2))
        if self.padding == "causal":
            x = nn.functional.pad(x, (k - 1, 0))
        return self.conv(x).transpose(1, 2)

    def ours(self, take):
        return [take(self.conv.weight).transpose(0, 2, 1), take(self.conv.bias)]


class Dense(nn.Module):
    def __init__(self, cin, cout):
        super().__init__()
        self.linear = nn.Linear(cin, cout)

    def forward(self, x):
        return self.linear(x)

    def ours(self, take):
        return [take(self.linear.weight), take(self.linear.bias)]


class LSTM(nn.Module):
    def __init__(self, cin, hidden, layers, sequences):
        super().__init__()
        self.lstm, self.layers, self.sequences = nn.LSTM(cin, hidden, layers, batch_first=True), layers, sequences

    def forward(self, x):
        y, _ = self.lstm(x)
        return y if self.sequences else y[:, -1:, :]

    def ours(self, take):
        names = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"]
        return [take(getattr(self.lstm, f"{n}_l{layer}")) for layer in range(self.layers) for n in names]


class LayerNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.LayerNorm(channels)

    def forward(self, x):
        return self.norm(x)

    def ours(self, take):
        return [take(self.norm.weight), take(self.norm.bias)]


class BatchNorm(nn.Module):
    def __init__(self, channels):
        super().__init__()
        self.norm = nn.BatchNorm1d(channels)

    def forward(self, x):
        return self.norm(x.transpose(1, 2)).transpose(1, 2)

    def ours(self, take):
        # Running statistics have no gradient.
        running = [self.norm.running_mean, self.norm.running_var]
        return [take(self.norm.weight), take(self.norm.bias)] + [take(r) for r in running]


class MaxPool(nn.Module):
    def __init__(self, kernel, stride):
        super().__init__()
        self.pool = nn.MaxPool1d(kernel, stride)

    def forward(self, x):
        return self.pool(x.transpose(1, 2)).transpose(1, 2)

    def ours(self, take):
        return []


class Function(nn.Module):
    def __init__(self, f):
        super().__init__()
        self.f = f

    def forward(self, x):
        return self.f(x)

    def ours(self, take):
        return []


ACTIVATIONS = {
    "relu": torch.relu, "sigmoid": torch.sigmoid, "tanh": torch.tanh,
    "gelu": lambda x: nn.functional.gelu(x, approximate="tanh"),
}


def build(layers, time, channels):
    modules = []
    for layer in layers:
        kind = layer["layer"]
        if kind == "dense":
            modules.append(Dense(channels, layer["units"]))
            channels = layer["units"]
        elif kind == "conv1d":
            padding, stride = layer.get("padding", "valid"), layer.get("stride", 1)
            modules.append(Conv(channels, layer["filters"], layer["kernel"], stride, padding))
            extra = 0 if padding == "valid" else layer["kernel"] - 1
            time, channels = (time + extra - layer["kernel"]) // stride + 1, layer["filters"]
        elif kind == "maxpool1d":
            stride = layer.get("stride", layer["kernel"])
            modules.append(MaxPool(layer["kernel"], stride))
            time = (time - layer["kernel"]) // stride + 1
        elif kind == "lstm":
            sequences = layer.get("returnSequences", False)
            modules.append(LSTM(channels, layer["hidden"], layer.get("layers", 1), sequences))
            time, channels = time if sequences else 1, layer["hidden"]
        elif kind == "layernorm":
            modules.append(LayerNorm(channels))
        elif kind == "batchnorm":
            modules.append(BatchNorm(channels))
        elif kind == "flatten":
            modules.append(Function(lambda x: x.reshape(x.shape[0], 1, -1)))
            time, channels = 1, time * channels
        else:
            modules.append(Function(ACTIVATIONS[kind]))
    return nn.Sequential(*modules)


def flat(network, take):
    parts = [p.reshape(-1) for module in network for p in module.ours(take)]
    return np.concatenate(parts).astype(np.float32) if parts else np.zeros(0, np.float32)


value = lambda p: p.detach().numpy().copy()
gradient = lambda p: np.zeros(tuple(p.shape), np.float32) if p.grad is None else p.grad.numpy().copy()


def loss_of(spec, output, target):
    output = output.reshape(output.shape[0], -1)
    if spec["kind"] == "mse":
        return nn.functional.mse_loss(output[:, 0], target)
    if spec["kind"] == "bce":
        weight = torch.tensor(spec.get("positiveWeight", 1.0))
        return nn.functional.binary_cross_entropy_with_logits(output[:, 0], target, pos_weight=weight)
    weights = spec.get("classWeights")
    return nn.functional.cross_entropy(output, target.long(), weight=None if weights is None else torch.tensor(weights))


def optimizer_of(spec, network):
    rate = spec["learningRate"]
    if spec["kind"] == "sgd":
        return torch.optim.SGD(network.parameters(), rate, momentum=spec["momentum"], weight_decay=spec["weightDecay"])
    kind = torch.optim.Adam if spec["kind"] == "adam" else torch.optim.AdamW
    more = {"weight_decay": spec["weightDecay"]} if "weightDecay" in spec else {}
    return kind(network.parameters(), rate, betas=(0.9, 0.999), eps=spec.get("epsilon", 1e-8), **more)


ADAM = {"kind": "adam", "learningRate": 0.01}
CASES = {
    "dense-mse": dict(time=1, channels=5, batch=7, layers=[dict(layer="dense", units=9), dict(layer="tanh"), dict(layer="dense", units=1)], loss=dict(kind="mse"), optimizer=dict(kind="sgd", learningRate=0.05, momentum=0.9, weightDecay=0.01)),
    "dense-bce": dict(time=1, channels=6, batch=8, layers=[dict(layer="dense", units=8), dict(layer="gelu"), dict(layer="dense", units=1)], loss=dict(kind="bce", positiveWeight=2.5), optimizer=dict(kind="adamw", learningRate=0.01, weightDecay=0.1)),
    "dense-ce": dict(time=1, channels=6, batch=8, layers=[dict(layer="dense", units=8), dict(layer="relu"), dict(layer="dense", units=3)], loss=dict(kind="cross-entropy", classWeights=[0.5, 1.0, 2.0]), optimizer=ADAM),
    "conv-valid": dict(time=12, channels=3, batch=5, layers=[dict(layer="conv1d", filters=7, kernel=3), dict(layer="relu"), dict(layer="maxpool1d", kernel=2), dict(layer="flatten"), dict(layer="dense", units=1)], loss=dict(kind="mse"), optimizer=ADAM),
    "conv-same-stride": dict(time=11, channels=4, batch=5, layers=[dict(layer="conv1d", filters=6, kernel=4, stride=2, padding="same"), dict(layer="tanh"), dict(layer="conv1d", filters=5, kernel=3, padding="causal"), dict(layer="sigmoid"), dict(layer="flatten"), dict(layer="dense", units=1)], loss=dict(kind="mse"), optimizer=ADAM),
    "lstm-two-layers": dict(time=6, channels=5, batch=7, layers=[dict(layer="lstm", hidden=19, layers=2), dict(layer="dense", units=1)], loss=dict(kind="mse"), optimizer=ADAM),
    "lstm-sequences": dict(time=5, channels=3, batch=4, layers=[dict(layer="lstm", hidden=8, returnSequences=True), dict(layer="layernorm"), dict(layer="lstm", hidden=6), dict(layer="dense", units=1)], loss=dict(kind="mse"), optimizer=ADAM),
    # Plain gradient steps: the bias before batch norm has no true gradient, and Adam would blow its rounding noise up.
    "batchnorm": dict(time=4, channels=3, batch=6, layers=[dict(layer="conv1d", filters=5, kernel=2), dict(layer="batchnorm"), dict(layer="relu"), dict(layer="flatten"), dict(layer="dense", units=1)], loss=dict(kind="mse"), optimizer=dict(kind="sgd", learningRate=0.05, momentum=0.9, weightDecay=0.0)),
    "bars-lstm": dict(time=10, channels=8, batch=16, layers=[dict(layer="lstm", hidden=64, layers=2), dict(layer="dense", units=1)], loss=dict(kind="mse"), optimizer=dict(kind="adam", learningRate=0.001)),
}

tensors, meta = {}, {}
for name, case in CASES.items():
    network = build(case["layers"], case["time"], case["channels"])
    x = torch.randn(case["batch"], case["time"], case["channels"], requires_grad=True)
    kind = case["loss"]["kind"]
    target = torch.randn(case["batch"]) if kind == "mse" else torch.randint(0, 2 if kind == "bce" else 3, (case["batch"],)).float()
    tensors[f"{name}.parameters"] = flat(network, value)
    output = network(x)
    loss = loss_of(case["loss"], output, target)
    loss.backward()
    tensors[f"{name}.x"], tensors[f"{name}.target"] = value(x), value(target)
    tensors[f"{name}.output"], tensors[f"{name}.loss"] = value(output).reshape(case["batch"], -1), np.array([loss.item()], np.float32)
    tensors[f"{name}.gradient"], tensors[f"{name}.dx"] = flat(network, gradient), x.grad.numpy().copy()
    # Ten steps from the same start; batch norm's running statistics start anew.
    for module in network.modules():
        if isinstance(module, nn.BatchNorm1d):
            module.reset_running_stats()
    optimizer, losses = optimizer_of(case["optimizer"], network), []
    for _ in range(10):
        optimizer.zero_grad()
        loss = loss_of(case["loss"], network(x.detach()), target)
        loss.backward()
        optimizer.step()
        losses.append(loss.item())
    tensors[f"{name}.losses"], tensors[f"{name}.trained"] = np.array(losses, np.float32), flat(network, value)
    meta[name] = json.dumps(case)

path = os.path.join(os.path.dirname(os.path.abspath(__file__)), "torch.safetensors")
save_file({k: np.ascontiguousarray(v) for k, v in tensors.items()}, path, metadata=meta)
print(path, os.path.getsize(path), "bytes, torch", torch.__version__)
