#!/usr/bin/env python3
"""Samplers beside Optuna's of the same name on three small training tasks: an LSTM and a CNN on bars, and a perceptron on one row of features.

Both sides search the same space; every point is trained by the same program (`hftml search-worker`, one line of JSON a trial), so a point has one value. Ours is the
whole command `hftml search`, with its registry.

    pip install optuna cmaes
    python3 Tests/Benchmarks/compare_search_tasks.py --hftml .build/release/hftml [--seeds 20] [--trials 100] [--samplers tpe] [--tasks lstm,cnn,mlp]
"""
import argparse, json, os, statistics, subprocess, sys, tempfile, warnings
from concurrent.futures import ThreadPoolExecutor

warnings.filterwarnings("ignore")
import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
os.environ.pop("OPENBLAS_CORETYPE", None)

MARKET = "schemaVersion: 1\ninstruments: 3\nsessions: 60\nfirstDay: 2025-01-06\nseed: 3\nsignal: momentum\nsignalShare: 0.15\nvolatility: 0.001\n"
CONTEXT = "schemaVersion: 1\nzone: America/New_York\ninterval: 5m\ncalendar: XNYS\npriceDecimals: 4\n"
FEATURES = """schemaVersion: 1
hours: regular
features: {r: "log_return(close, 1)", b: "log(close / open)", v: "realised_volatility(close, 6)", z: "zscore(close, 6)", q: "log(ratio(volume, 6) + 0.01)", t: time_of_day}
label: {kind: return, horizon: 1, costBps: 1}
"""
COMMON = """split: {kind: time, test: 0.2, validation: 0.2}
trainingStride: 4
training: {loss: mse, optimizer: {kind: adamw, learningRate: 0.001, weightDecay: 0.01}, batchSize: 64, epochs: 2, seed: 1}
"""
# Layers, and the space as ours has it: name -> float(low, high, log) or int(low, high).
TASKS = {
    "lstm": (
        "window: 8\nlayers: [{layer: lstm, hidden: 8}, {layer: dense, units: 1}]\n",
        {"training.optimizer.learningRate": ("float", 1e-4, 0.1, True), "training.optimizer.weightDecay": ("float", 1e-5, 1.0, True), "layers.0.hidden": ("int", 2, 24), "window": ("int", 2, 12), "training.batchSize": ("int", 16, 128)},
    ),
    "cnn": (
        "window: 12\nlayers: [{layer: conv1d, filters: 8, kernel: 3}, {layer: relu}, {layer: flatten}, {layer: dropout, rate: 0.1}, {layer: dense, units: 16}, {layer: relu}, {layer: dense, units: 1}]\n",
        {"training.optimizer.learningRate": ("float", 1e-4, 0.1, True), "training.optimizer.weightDecay": ("float", 1e-5, 1.0, True), "layers.0.filters": ("int", 2, 24), "layers.0.kernel": ("int", 2, 5), "layers.3.rate": ("float", 0.0, 0.6, False), "layers.4.units": ("int", 2, 48), "window": ("int", 6, 16)},
    ),
    "mlp": (
        "window: 1\nlayers: [{layer: flatten}, {layer: dense, units: 16}, {layer: tanh}, {layer: dense, units: 16}, {layer: tanh}, {layer: dense, units: 1}]\n",
        {"training.optimizer.learningRate": ("float", 1e-4, 0.1, True), "training.optimizer.weightDecay": ("float", 1e-5, 1.0, True), "layers.1.units": ("int", 2, 64), "layers.3.units": ("int", 2, 64), "training.batchSize": ("int", 16, 256), "training.clipNorm": ("float", 0.01, 10.0, True)},
    ),
}


def prepare(hftml, directory):
    def run(*arguments):
        subprocess.run([hftml, *arguments], cwd=directory, check=True, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def write(name, text):
        with open(os.path.join(directory, name), "w") as file:
            file.write(text)

    run("init", "--no-scm")
    write("market-recipe.yaml", MARKET)
    write("market.yaml", CONTEXT)
    write("features.yaml", FEATURES)
    run("simulate", "market", "--config", "market-recipe.yaml", "-o", "data")
    run("features", "features.yaml", "data", "--market", "market.yaml", "-o", "features.safetensors")
    for name, (layers, space) in TASKS.items():
        write(f"{name}.yaml", f"schemaVersion: 1\nname: {name}\n{layers}{COMMON}")
        lines = [f"  {key}: " + (f"{{float: [{s[1]}, {s[2]}]" + (", scale: log}" if s[3] else "}") if s[0] == "float" else f"{{int: [{s[1]}, {s[2]}]}}") for key, s in space.items()]
        write(f"search-{name}.yaml", f"schemaVersion: 1\nname: {name}\ntrain: {name}.yaml\nfeatures: features.safetensors\nobjective: {{metric: loss}}\nparameters:\n" + "\n".join(lines) + "\n")


def ours(hftml, directory, task, sampler, seed, trials):
    out = subprocess.run([hftml, "search", f"search-{task}.yaml", "--trials", str(trials), "-j", "1", "--threads", "1", "--sampler", sampler, "--seed", str(seed), "--study", f"{task}-{sampler}-{seed}", "--json"],
                         cwd=directory, check=True, capture_output=True, text=True).stdout
    return json.loads(out)["best"]["values"][0]


def theirs(hftml, directory, task, sampler, seed, trials):
    worker = subprocess.Popen([hftml, "search-worker"], cwd=directory, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    space = TASKS[task][1]

    def objective(trial):
        values = {k: trial.suggest_float(k, s[1], s[2], log=s[3]) if s[0] == "float" else trial.suggest_int(k, s[1], s[2]) for k, s in space.items()}
        request = {"number": trial.number, "config": os.path.join(directory, f"{task}.yaml"), "assignments": values, "features": os.path.join(directory, "features.safetensors"), "metrics": ["loss"], "threads": 1, "pruned": False}
        worker.stdin.write(json.dumps(request) + "\n")
        worker.stdin.flush()
        while True:
            node = json.loads(worker.stdout.readline())
            if "result" in node:
                return node["result"]["objectives"][0] if node["result"]["outcome"] == "complete" else float("nan")

    made = {"tpe": lambda: optuna.samplers.TPESampler(seed=seed), "cmaes": lambda: optuna.samplers.CmaEsSampler(seed=seed), "random": lambda: optuna.samplers.RandomSampler(seed=seed)}[sampler]()
    study = optuna.create_study(sampler=made)
    study.optimize(objective, n_trials=trials)
    worker.stdin.close()
    worker.wait()
    return study.best_value


def quartiles(values):
    q = statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
    return f"{q[1]:.4f} ({q[0]:.4f} to {q[2]:.4f})"


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--hftml", required=True)
    arguments.add_argument("--seeds", type=int, default=20)
    arguments.add_argument("--trials", type=int, default=100)
    arguments.add_argument("--samplers", default="tpe")
    arguments.add_argument("--tasks", default="lstm,cnn,mlp")
    options = arguments.parse_args()
    hftml = os.path.abspath(options.hftml)
    with tempfile.TemporaryDirectory() as directory:
        prepare(hftml, directory)
        for task in options.tasks.split(","):
            for sampler in options.samplers.split(","):
                a, b = [], []
                for seed in range(1, options.seeds + 1):
                    with ThreadPoolExecutor(2) as pool:
                        x, y = pool.submit(ours, hftml, directory, task, sampler, seed, options.trials), pool.submit(theirs, hftml, directory, task, sampler, seed, options.trials)
                        a.append(x.result())
                        b.append(y.result())
                pairs = sum((x < y) + 0.5 * (x == y) for x in a for y in b) / len(a) / len(b)
                print(f"{task} {sampler}: hftml {quartiles(a)} · Optuna {quartiles(b)} · ours is lower in {100 * pairs:.0f} % of pairs", flush=True)


if __name__ == "__main__":
    sys.exit(main())
