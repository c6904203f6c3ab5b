#!/usr/bin/env python3
"""Which window a search chooses where there is nothing to find.

    search_windows.py HFTML [MARKETS [linear|lstm [loss|ic [WINDOWS]]]]

Simulates markets without a signal and searches over windows of 4, 20, 40 and 60 bars (or others: 4,60) on each, with a
linear model that hardly learns, so that all windows are equally good and only the samples that a trial is judged on
could favour one. Prints how often each was chosen and the chi-square statistic against even chances, whose 95 %
quantile is 7.81 with three degrees of freedom, 3.84 with one. A search that judges each window on its own samples never
chooses 40 or 60: a long window leaves only the end of every session.

With `lstm` the model is a small recurrent network of two epochs, which forgets: its forecasts over 20, 40 and 60 bars
correlate by 0.97 to 0.99, so the four are no equal candidates, and 4 is chosen in half of the markets (21, 3, 8, 8 of 40
by `ic`). Between two that differ, 4 and 60, it must come out even (32 and 28 of 60).
"""
import collections
import json
import os
import subprocess
import sys
import tempfile

PROGRAM, MARKETS = os.path.abspath(sys.argv[1]), int(sys.argv[2]) if len(sys.argv) > 2 else 40
MODEL, METRIC, CHOICE = (sys.argv[3:] + ["linear", "loss", "4,20,40,60"][len(sys.argv[3:]):])[:3]
WINDOWS = [int(window) for window in CHOICE.split(",")]
LAYERS = {
    "linear": "[{layer: flatten}, {layer: dense, units: 1}]",
    "lstm": "[{layer: lstm, hidden: 4}, {layer: dense, units: 1}]",
}
EPOCHS, RATE = {"linear": (1, 0.0001), "lstm": (2, 0.001)}[MODEL]
FILES = {
    "market.yaml": "schemaVersion: 1\nzone: America/New_York\ninterval: 5m\ncalendar: XNYS\npriceDecimals: 4\n",
    "features.yaml": "schemaVersion: 1\nhours: regular\nfeatures: {r1: 'log_return(close, 1)', "
    "r6: 'log_return(close, 6)', vol: 'realised_volatility(close, 6)', tod: time_of_day}\n"
    "label: {kind: return, horizon: 1, costBps: 1}\n",
    "base.yaml": f"schemaVersion: 1\nname: noise\nwindow: 4\nlayers: {LAYERS[MODEL]}\n"
    f"split: {{kind: time, test: 0.2, validation: 0.3}}\ntraining: {{loss: mse, batchSize: 64, epochs: {EPOCHS}, "
    f"seed: 1, optimizer: {{kind: adam, learningRate: {RATE}}}}}\n",
}

with tempfile.TemporaryDirectory() as directory:
    def write(name, text):
        with open(os.path.join(directory, name), "w") as file:
            file.write(text)

    def run(*arguments):
        return subprocess.run(
            [PROGRAM, *arguments], cwd=directory, check=True, stdout=subprocess.PIPE).stdout

    subprocess.run(["git", "init", "-q"], cwd=directory, check=True)
    run("init")
    for name, text in FILES.items():
        write(name, text)
    chosen = collections.Counter()
    for seed in range(1, MARKETS + 1):
        write("simulated.yaml", "schemaVersion: 1\ninstruments: 1\nsessions: 60\nfirstDay: 2025-01-06\n"
              f"seed: {seed}\nsignal: momentum\nsignalShare: 0\nvolatility: 0.001\n")
        run("simulate", "market", "--config", "simulated.yaml", "-o", f"m{seed}")
        run("features", "features.yaml", f"m{seed}", "--market", "market.yaml", "-o", f"f{seed}.safetensors")
        write("search.yaml", f"schemaVersion: 1\nname: w{seed}\ntrain: base.yaml\nfeatures: f{seed}.safetensors\n"
              f"objective: {{metric: {METRIC}}}\nsampler: grid\nparameters:\n  window: {{choice: {WINDOWS}}}\n"
              f"  training.seed: {seed}\n")
        found = json.loads(run("search", "search.yaml", "--trials", str(len(WINDOWS)), "--threads", "1", "--json"))
        chosen[found["best"]["parameters"]["window"]] += 1
    even = MARKETS / len(WINDOWS)
    statistic = sum((chosen[window] - even) ** 2 / even for window in WINDOWS)
    print(json.dumps({"chosen": {window: chosen[window] for window in WINDOWS}, "chiSquare": round(statistic, 3)}))
