#!/usr/bin/env python3
"""Loads what hftml exported in the other tool and compares outputs: check.py onnx|torch|keras DIRECTORY

DIRECTORY holds sample.safetensors (x [N, T, F], y [N, K]) and the exported file; prints the largest difference. `keras-save` writes weights of a Keras
model with random values and its outputs, for reading here.
"""
import json
import os
import sys

import numpy as np
from safetensors.numpy import load_file, save_file

kind, directory = sys.argv[1:3]
at = lambda name: os.path.join(directory, name)
sample = load_file(at("sample.safetensors"))
x, y = sample["x"], sample["y"]


def report(found):
    print(json.dumps({"worst": float(np.abs(np.asarray(found).reshape(y.shape) - y).max()), "scale": float(np.abs(y).max())}))


if kind == "onnx":
    import onnx
    import onnxruntime

    onnx.checker.check_model(onnx.load(at("model.onnx")), full_check=True)
    session = onnxruntime.InferenceSession(at("model.onnx"), providers=["CPUExecutionProvider"])
    found = session.run(None, {"input": x})[0]
    # The batch is dynamic: one window alone gives the same, up to the rounding of the runtime's other kernels for one row.
    assert np.allclose(session.run(None, {"input": x[:1]})[0], found[:1], rtol=1e-4, atol=1e-4 * max(1, np.abs(found).max()))
    report(found)
elif kind == "torch":
    import torch
    from safetensors.torch import load_file as load_torch
    from torch import nn

    class Net(nn.Module):
        """Layer N of `layers` is hftml's layer N."""

        def __init__(self):
            super().__init__()
            self.layers = nn.ModuleList(
                [nn.Identity(), nn.Conv2d(1, 5, (1, 2), (1, 2)), nn.BatchNorm2d(5), nn.Conv2d(5, 4, (3, 2)), nn.Identity(), nn.LayerNorm(4), nn.MultiheadAttention(4, 2, batch_first=True),
                 nn.Conv1d(4, 6, 2), nn.LSTM(6, 5, 2, batch_first=True, bidirectional=True), nn.GRU(10, 3, batch_first=True), nn.Linear(3, 3)])

        def forward(self, x):
            l = self.layers
            z = l[3](l[2](l[1](x.unsqueeze(1)))).squeeze(3).transpose(1, 2)
            z = l[5](z)
            z = l[6](z, z, z)[0]
            z = l[7](z.transpose(1, 2)).transpose(1, 2)
            return l[10](l[9](l[8](z)[0])[0][:, -1])

    net = Net()
    if os.environ.get("SAVE"):
        for p in net.parameters():
            nn.init.normal_(p, std=0.4)
        nn.init.uniform_(net.layers[2].running_var, 0.5, 2)
        from safetensors.torch import save_file as save_torch

        save_torch(net.state_dict(), at("theirs.safetensors"))
    else:
        net.load_state_dict(load_torch(at("state.safetensors")), strict=True)
    net.eval()
    with torch.no_grad():
        found = net(torch.from_numpy(x)).numpy()
    if os.environ.get("SAVE"):
        save_file({"y": found}, at("theirs-y.safetensors"))
    report(found)
elif kind == "keras":
    os.environ.setdefault("KERAS_BACKEND", "torch")
    import keras
    from keras import layers

    def model():
        i = layers.Input(x.shape[1:])
        z = layers.Reshape((x.shape[1], x.shape[2], 1))(i)
        z = layers.Conv2D(5, (1, 2), (1, 2))(z)
        z = layers.BatchNormalization(epsilon=1e-5)(z)
        z = layers.Conv2D(4, (3, 2))(z)
        z = layers.Reshape((z.shape[1], 4))(z)
        z = layers.LayerNormalization(epsilon=1e-5)(z)
        z = layers.MultiHeadAttention(2, 2)(z, z)
        z = layers.Conv1D(6, 2)(z)
        z = layers.LSTM(5, return_sequences=True)(z)
        z = layers.Bidirectional(layers.LSTM(4, return_sequences=True))(z)
        z = layers.GRU(3)(z)
        return keras.Model(i, layers.Dense(3)(z))

    net = model()
    if os.environ.get("SAVE"):
        rng = np.random.default_rng(5)
        for v in net.weights:
            v.assign(rng.uniform(0.5, 2, v.shape) if "variance" in v.name else rng.normal(0, 0.4, v.shape))
        net.save(at("theirs.h5"))
        found = net.predict(x, verbose=0)
        save_file({"y": np.asarray(found, np.float32)}, at("theirs-y.safetensors"))
        report(found)
    else:
        net.load_weights(at("model_weights.h5"))
        report(net.predict(x, verbose=0))
