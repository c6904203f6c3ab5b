#!/usr/bin/env python3
"""One window on one thread beside ONNX Runtime: the same network, exported by hftml; percentiles, ratios, and the limits of arithmetic and cache.

    HFTML_BENCHMARKS=1 swift build -c release --product inference-benchmark
    env -u OPENBLAS_CORETYPE python3 Tests/Benchmarks/compare_inference.py [--rounds 3] [--only NAME]

ONNX Runtime is called from Python with its input bound beforehand (io binding); the cost of such a call is measured with a model that only copies one
number and subtracted ("net"). Limits: multiply-adds at --peak GF/s, and weights once a step at --bandwidth GB/s, whichever is more.
"""
import argparse
import json
import os
import statistics
import subprocess
import tempfile
import time

import numpy as np
import onnx
import onnxruntime as ort
from onnx import TensorProto, helper

CASES = [
    ("LSTM 2x64, 8 inputs, 10 steps", "lstm:64x2", 10, 8, 10),
    ("bars CNN", "bars-cnn", 12, 6, 1),
    ("LSTM 2x128, 40 inputs, 60 steps", "lstm:128x2", 60, 40, 60),
    ("DeepLOB paper", "deeplob-paper", 100, 40, 1),
    ("DeepLOB torch", "deeplob-torch", 100, 40, 1),
    ("BiN-CTABL", "bin-ctabl", 10, 40, 1),
    ("STAC-ML-shaped LSTM_A, full window", "lstm:100x2", 50, 100, 50),
    ("STAC-ML-shaped LSTM_B, full window", "lstm:200x3", 100, 250, 100),
]
parser = argparse.ArgumentParser()
parser.add_argument("--rounds", type=int, default=3)
parser.add_argument("--seconds", type=float, default=2)
parser.add_argument("--only", default="")
parser.add_argument("--peak", type=float, default=110)
parser.add_argument("--bandwidth", type=float, default=100)
parser.add_argument("--program", default=os.path.join(os.path.dirname(os.path.abspath(__file__)), "../../.build/release/inference-benchmark"))
options = parser.parse_args()


def session(path):
    o = ort.SessionOptions()
    o.intra_op_num_threads = o.inter_op_num_threads = 1
    o.graph_optimization_level = ort.GraphOptimizationLevel.ORT_ENABLE_ALL
    return ort.InferenceSession(path, o, providers=["CPUExecutionProvider"])


def percentiles(s, shape, seconds):
    x = np.random.default_rng(1).random(shape, np.float32) - 0.5
    binding = s.io_binding()
    binding.bind_cpu_input(s.get_inputs()[0].name, x)
    binding.bind_output(s.get_outputs()[0].name, "cpu")
    run, clock, times = s.run_with_iobinding, time.perf_counter_ns, []
    end = clock() + int(seconds * 0.25e9)
    while clock() < end:
        run(binding)
    end = clock() + int(seconds * 1e9)
    while True:
        before = clock()
        run(binding)
        now = clock()
        times.append(now - before)
        if now > end:
            break
    times.sort()
    return [times[min(len(times) - 1, int(q * len(times)))] / 1000 for q in (0.5, 0.99)], len(times)


with tempfile.TemporaryDirectory() as directory:
    path = os.path.join(directory, "floor.onnx")
    value = lambda n: helper.make_tensor_value_info(n, TensorProto.FLOAT, [1])
    graph = helper.make_graph([helper.make_node("Identity", ["x"], ["y"])], "floor", [value("x")], [value("y")])
    onnx.save(helper.make_model(graph, opset_imports=[helper.make_opsetid("", 21)], ir_version=10), path)
    floor = percentiles(session(path), (1,), options.seconds)[0][0]
    print(f"onnxruntime {ort.__version__}, one thread; floor of a call {floor:.1f} µs; load {os.getloadavg()[0]:.2f}", flush=True)
    for name, model, window, features, steps in CASES:
        if options.only not in name:
            continue
        path = os.path.join(directory, "model.onnx")
        ours, theirs = [], []
        for round in range(options.rounds):
            command = [options.program, model, str(window), str(features), str(options.seconds)] + ([path] if round == 0 else [])
            ours.append(json.loads(subprocess.check_output(command)))
            theirs.append(percentiles(session(path), (1, window, features), options.seconds)[0])
        p50, p99 = (statistics.median(o[k] for o in ours) for k in ("p50", "p99"))
        t50, t99 = (statistics.median(t[i] for t in theirs) for i in (0, 1))
        limit = max(2e-3 * ours[0]["multiplyAdds"] / options.peak, steps * ours[0]["weightBytes"] / options.bandwidth / 1e3)
        print(
            f"{name}: hftml p50 {p50:.2f} p99 {p99:.2f} µs (limit {limit:.2f}), onnxruntime net p50 {t50 - floor:.1f} p99 {t99 - floor:.1f} µs: "
            f"{(t50 - floor) / p50:.2f}x, p99 {(t99 - floor) / p99:.2f}x", flush=True)
