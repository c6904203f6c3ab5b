#!/usr/bin/env python3
"""One process for many models: graphs.py DIRECTORY reads DIRECTORY/jobs.json, a list of {"name", "kind", ...}, and writes
DIRECTORY/results.json, {name: {"worst", "scale"} or {"error"}}. Kinds:

onnx         NAME.onnx must give the answers of NAME.check.safetensors in ONNX Runtime
torch        NAME_module.py with NAME.pth (weights_only=True) and with NAME.safetensors must give them, in float64 too
torch-make   fills the module with new weights, saves NAME-torch.pth, -torch.safetensors, and the answers
keras        NAME.keras, NAME.h5 and NAME.weights.h5 must give them
keras-make   fills the loaded model with new weights, saves NAME-keras.keras, .h5, .weights.h5, and the answers
sequential   the obvious nn.Sequential of a list of layers, loaded strictly from NAME.pth, must give them
script       runs a function of this file by name
"""
import importlib.util
import json
import os
import sys

os.environ["KERAS_BACKEND"] = "torch"
os.environ.setdefault("OMP_NUM_THREADS", "1")
import numpy as np
from safetensors.numpy import load_file, save_file

directory = sys.argv[1]
at = lambda name: os.path.join(directory, name)


def sample(name):
    data = load_file(at(name + ".check.safetensors"))
    return data["x"], data["y"]


def compare(found, y):
    found = np.asarray(found, np.float64).reshape(y.shape)
    return {"worst": float(np.abs(found - y).max()), "scale": float(np.abs(y).max())}


def worst(results):
    return max(results, key=lambda r: r["worst"] if r["worst"] == r["worst"] else 1e9)


def onnx(job):
    import onnx
    import onnxruntime

    x, y = sample(job["name"])
    onnx.checker.check_model(onnx.load(at(job["name"] + ".onnx")))
    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    session = onnxruntime.InferenceSession(at(job["name"] + ".onnx"), options, providers=["CPUExecutionProvider"])
    return compare(session.run(None, {"input": x})[0], y)


def module(name):
    spec = importlib.util.spec_from_file_location("m_" + name.replace("-", "_"), at(name + "_module.py"))
    made = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(made)
    return made


def run_torch(net, x):
    import torch

    with torch.no_grad():
        return net.eval()(torch.from_numpy(x)).numpy()


def torch_(job):
    x, y = sample(job["name"])
    made = module(job["name"])
    return worst([compare(run_torch(made.load(at(job["name"] + end)), x), y) for end in (".pth", ".safetensors")])


def fill(tensor, name, generator):
    import torch

    if "running_var" in name:
        tensor.copy_(torch.rand(tensor.shape, generator=generator) + 0.5)
    else:
        # Signals neither die nor explode, so that rounding stays rounding in deep networks too.
        fan = max(tensor[0].numel(), 1) if tensor.dim() > 1 else 1
        tensor.copy_(torch.randn(tensor.shape, generator=generator) * min(0.3, fan**-0.5))


def torch_make(job):
    import torch
    from safetensors.torch import save_file as save_torch

    net = module(job["name"]).Model()
    generator = torch.Generator().manual_seed(job.get("seed", 1))
    with torch.no_grad():
        for name, tensor in net.state_dict().items():
            if tensor.is_floating_point():
                fill(tensor, name, generator)
            if name.endswith("lambda"):
                tensor.fill_(0.4)
    x, y = sample(job["name"])
    answers = run_torch(net, x)
    torch.save({"epoch": 3, "state_dict": net.state_dict()}, at(job["name"] + "-torch.pth"))
    save_torch({k: v.contiguous() for k, v in net.state_dict().items()}, at(job["name"] + "-torch.safetensors"))
    save_file({"x": x, "y": np.ascontiguousarray(answers, np.float32)}, at(job["name"] + "-torch.check.safetensors"))
    return compare(answers, answers)


def keras_(job):
    import keras

    x, y = sample(job["name"])
    models = [keras.models.load_model(at(job["name"] + end), compile=False) for end in (".keras", ".h5")]
    results = [compare(m.predict(x, verbose=0), y) for m in models]
    for weight in models[0].weights:
        weight.assign(np.zeros(weight.shape))
    models[0].load_weights(at(job["name"] + ".weights.h5"))
    return worst(results + [compare(models[0].predict(x, verbose=0), y)])


def keras_save(model, name, x):
    model.save(at(name + "-keras.keras"))
    model.save(at(name + "-keras.h5"))
    model.save_weights(at(name + "-keras.weights.h5"))
    answers = np.asarray(model.predict(x, verbose=0), np.float32)
    save_file({"x": x, "y": answers.reshape(len(x), -1)}, at(name + "-keras.check.safetensors"))
    return compare(answers, answers)


def keras_fill(model, seed):
    rng = np.random.default_rng(seed)
    for v in model.weights:
        scale = min(0.3, float(max(np.prod(v.shape[:-1]), 1)) ** -0.5)
        v.assign(rng.uniform(0.5, 1.5, v.shape) if "variance" in v.path else rng.normal(0, scale, v.shape))


def keras_make(job):
    import keras

    model = keras.models.load_model(at(job["name"] + ".keras"), compile=False)
    keras_fill(model, job.get("seed", 1))
    return keras_save(model, job["name"], sample(job["name"])[0])


def sequential(job):
    """The module that anybody would write: convolutions channels first, then nn.Flatten."""
    import torch
    from torch import nn

    class Turn(nn.Module):
        def forward(self, x):
            return x.transpose(1, 2)

    x, y = sample(job["name"])
    parts, channels = [], x.shape[2]
    for layer in job["layers"]:
        kind = layer["layer"]
        if kind == "conv1d":
            parts.append(nn.Conv1d(channels, layer["filters"], layer["kernel"]))
            channels = layer["filters"]
        elif kind == "maxpool1d":
            parts.append(nn.MaxPool1d(layer["kernel"]))
        elif kind == "flatten":
            parts.append(nn.Flatten())
        elif kind == "dense":
            parts.append(nn.LazyLinear(layer["units"]))
        else:
            parts.append({"relu": nn.ReLU, "tanh": nn.Tanh, "leaky_relu": nn.LeakyReLU}[kind]())
    body = nn.Sequential(*parts)
    body(torch.from_numpy(x).transpose(1, 2))
    state = torch.load(at(job["name"] + ".pth"), weights_only=True)
    body.load_state_dict({k.removeprefix("layers."): v for k, v in state.items()}, strict=True)
    out = compare(run_torch(nn.Sequential(Turn(), body), x), y)
    with torch.no_grad():
        for p in body.parameters():
            p.copy_(torch.randn(p.shape, generator=torch.Generator().manual_seed(p.numel())) * 0.3)
    torch.save({"layers." + k: v for k, v in body.state_dict().items()}, at(job["name"] + "-torch.pth"))
    answers = run_torch(nn.Sequential(Turn(), body), x)
    save_file({"x": x, "y": answers}, at(job["name"] + "-torch.check.safetensors"))
    return out


def deeplob(job):
    """The authors' network in Keras, as their notebook writes it (dropout off, so that answers repeat)."""
    import keras
    from keras import layers as L

    i = keras.Input((100, 40, 1))
    z = i
    for kernel, stride in (((1, 2), (1, 2)), ((1, 2), (1, 2)), ((1, 10), (1, 1))):
        z = L.LeakyReLU(negative_slope=0.01)(L.Conv2D(32, kernel, strides=stride)(z))
        z = L.LeakyReLU(negative_slope=0.01)(L.Conv2D(32, (4, 1), padding="same")(z))
        z = L.LeakyReLU(negative_slope=0.01)(L.Conv2D(32, (4, 1), padding="same")(z))
    branches = []
    for second in ((3, 1), (5, 1)):
        b = L.LeakyReLU(negative_slope=0.01)(L.Conv2D(64, (1, 1), padding="same")(z))
        branches.append(L.LeakyReLU(negative_slope=0.01)(L.Conv2D(64, second, padding="same")(b)))
    b = L.MaxPooling2D((3, 1), strides=(1, 1), padding="same")(z)
    branches.append(L.LeakyReLU(negative_slope=0.01)(L.Conv2D(64, (1, 1), padding="same")(b)))
    z = L.Concatenate(axis=3)(branches)
    z = L.Reshape((z.shape[1], z.shape[3]))(z)
    z = L.Dropout(0.2, noise_shape=(None, 1, z.shape[2]))(z)
    model = keras.Model(i, L.Dense(3, activation="softmax")(L.LSTM(64)(z)))
    assert model.count_params() == 142_435, model.count_params()
    x, _ = sample(job["name"])
    keras_fill(model, 3)
    out = keras_save(model, "authors", x[..., None])
    answers = load_file(at("authors-keras.check.safetensors"))["y"]
    save_file({"x": x, "y": answers}, at("authors-keras.check.safetensors"))
    # And ours into it: order of layers, by load_weights.
    model.load_weights(at(job["name"] + ".h5"))
    found = np.log(np.maximum(model.predict(x[..., None], verbose=0), 1e-30))
    y = sample(job["name"])[1]
    return worst([out, compare(found - found.mean(1, keepdims=True), y - y.mean(1, keepdims=True))])


def keras_options(job):
    """Models whose options have no equal, or differ; each is saved, and what should be said is the test's."""
    import keras
    from keras import layers as L

    def one(name, *parts):
        model = keras.Sequential([keras.Input((12, 4)), *parts])
        model.save(at(name + ".keras"))
        model.save(at(name + ".h5"))

    flat, head = L.Flatten, lambda: L.Dense(2)
    one("k-base", L.Conv1D(3, 3, activation="relu"), flat(), head())
    one("k-dilation", L.Conv1D(3, 3, dilation_rate=2), flat(), head())
    one("k-strides", L.Conv1D(3, 3, strides=2), flat(), head())
    one("k-same", L.Conv1D(3, 3, strides=2, padding="same"), flat(), head())
    one("k-bias", L.Conv1D(3, 3, use_bias=False), flat(), head())
    one("k-activation", L.Conv1D(3, 3, activation="selu"), flat(), head())
    one("k-hard", L.LSTM(5, recurrent_activation="hard_sigmoid"), head())
    one("k-relu-lstm", L.LSTM(5, activation="relu"), head())
    one("k-alpha", L.Conv1D(3, 3), L.LeakyReLU(), flat(), head())
    one("k-epsilon", L.Conv1D(3, 3), L.BatchNormalization(), flat(), head())
    one("k-reset", L.GRU(5, reset_after=False), head())
    one("k-causal", L.Conv1D(3, 3, padding="causal"), flat(), head())
    one("k-lambda", L.Conv1D(3, 3, activation="softplus"), flat(), head())
    return {"worst": 0.0, "scale": 1.0}


def pickles(job):
    """Files of torch.save in all forms that are and are not read."""
    import collections
    import pickle

    import torch

    w = torch.arange(12.0).reshape(3, 4)
    state = collections.OrderedDict(
        [("plain", w), ("turned", w.t()), ("view", w[1:, ::2]), ("half", w.half()), ("brain", w.bfloat16()),
         ("double", w.double()), ("scalar", torch.tensor(2.5)), ("count", torch.tensor(3)), ("parameter", torch.nn.Parameter(w))])
    for protocol in (2, 3, 4, 5):
        torch.save(state, at(f"p{protocol}.pth"), pickle_protocol=protocol)
    torch.save({"epoch": 3, "lr": 0.1, "name": "x", "none": None, "list": [1, (2, True)], "model": {"module": state},
                "optimizer": {"state": {0: {"exp_avg": w}}, "param_groups": [{"params": [0]}]}}, at("nested.pth"))
    torch.save({"w": torch._neg_view(torch.ones(2))}, at("negated.pth"))
    torch.save(state, at("legacy.pth"), _use_new_zipfile_serialization=False)
    torch.save(torch.nn.Linear(2, 2), at("module.pth"))

    class Evil:
        def __reduce__(self):
            return (os.system, ("true",))

    torch.save({"w": w, "x": Evil()}, at("evil.pth"))
    pickle.dump({"x": Evil()}, open(at("bare.pkl"), "wb"))
    # Ours: loaded there with weights_only.
    ours = torch.load(at("ours.pth"), weights_only=True)
    assert list(ours) == ["b.weight", "a.count", "c.bias"], list(ours)
    assert ours["b.weight"].tolist() == [[0.0, 1.0, 2.0], [3.0, 4.0, 5.0]] and ours["a.count"].tolist() == 7
    assert ours["c.bias"].shape == (0,)
    mapped = torch.load(at("ours.pth"), weights_only=True, mmap=True)
    assert mapped["b.weight"].data_ptr() % 64 == torch.load(at("p2.pth"), mmap=True)["plain"].data_ptr() % 64
    return {"worst": 0.0, "scale": 1.0}


kinds = {"onnx": onnx, "torch": torch_, "torch-make": torch_make, "keras": keras_, "keras-make": keras_make,
         "sequential": sequential, "deeplob": deeplob, "keras-options": keras_options, "pickles": pickles}
results = {}
for job in json.load(open(at("jobs.json"))):
    key = f"{job['name']} {job['kind']}"
    try:
        results[key] = kinds[job["kind"]](job)
    except Exception as problem:
        results[key] = {"error": f"{type(problem).__name__}: {problem}"[:600]}
json.dump(results, open(at("results.json"), "w"))
