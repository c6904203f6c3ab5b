#!/usr/bin/env python3
"""Samplers beside Optuna's of the same name: best value after so many trials over seeds, and what a trial costs.

    HFTML_BENCHMARKS=1 swift build -c release --product search-benchmark
    python compare_search.py --program .build/release/search-benchmark [--seeds 20] [--trials 100] [--samplers tpe,cmaes,gp,random,halton]
"""
import argparse
import json
import math
import statistics
import subprocess
import tempfile
import time
import warnings

import optuna

optuna.logging.set_verbosity(optuna.logging.ERROR)
warnings.filterwarnings("ignore")
parser = argparse.ArgumentParser()
parser.add_argument("--program", required=True)
parser.add_argument("--seeds", type=int, default=20)
parser.add_argument("--trials", type=int, default=100)
parser.add_argument("--samplers", default="random,halton,tpe,cmaes,gp")
parser.add_argument("--functions", default="branin,hartmann6,rosenbrock5,ackley10")
parser.add_argument("--sqlite", action="store_true", help="keep trials in SQLite on both sides, and compare what a trial costs")
options = parser.parse_args()


def branin(x):
    a = x[1] - 5.1 / (4 * math.pi**2) * x[0] ** 2 + 5 / math.pi * x[0] - 6
    return a * a + 10 * (1 - 1 / (8 * math.pi)) * math.cos(x[0]) + 10


def hartmann6(x):
    alpha = [1.0, 1.2, 3.0, 3.2]
    a = [[10, 3, 17, 3.5, 1.7, 8], [0.05, 10, 17, 0.1, 8, 14], [3, 3.5, 1.7, 10, 17, 8], [17, 8, 0.05, 10, 0.1, 14]]
    p = [[0.1312, 0.1696, 0.5569, 0.0124, 0.8283, 0.5886], [0.2329, 0.4135, 0.8307, 0.3736, 0.1004, 0.9991],
         [0.2348, 0.1451, 0.3522, 0.2883, 0.3047, 0.6650], [0.4047, 0.8828, 0.8732, 0.5743, 0.1091, 0.0381]]
    return -sum(alpha[i] * math.exp(-sum(a[i][j] * (x[j] - p[i][j]) ** 2 for j in range(6))) for i in range(4))


def rosenbrock5(x):
    return sum(100 * (x[i + 1] - x[i] ** 2) ** 2 + (1 - x[i]) ** 2 for i in range(4))


def ackley10(x):
    n = len(x)
    return 20 + math.e - 20 * math.exp(-0.2 * math.sqrt(sum(v * v for v in x) / n)) - math.exp(sum(math.cos(2 * math.pi * v) for v in x) / n)


FUNCTIONS = {"branin": (branin, [(-5, 10), (0, 15)]), "hartmann6": (hartmann6, [(0, 1)] * 6), "rosenbrock5": (rosenbrock5, [(-2, 2)] * 5), "ackley10": (ackley10, [(-20, 35)] * 10)}
SAMPLERS = {
    "random": [("random", lambda s: optuna.samplers.RandomSampler(seed=s))],
    "halton": [("qmc halton", lambda s: optuna.samplers.QMCSampler(qmc_type="halton", scramble=True, seed=s))],
    "tpe": [("tpe", lambda s: optuna.samplers.TPESampler(seed=s)), ("tpe multivariate", lambda s: optuna.samplers.TPESampler(seed=s, multivariate=True))],
    "cmaes": [("cmaes", lambda s: optuna.samplers.CmaEsSampler(seed=s))],
    "gp": [("gp", lambda s: optuna.samplers.GPSampler(seed=s))],
    "nsga2": [("nsga2", lambda s: optuna.samplers.NSGAIISampler(seed=s))],
}


def shown(values):
    q = statistics.quantiles(values, n=4) if len(values) > 1 else [values[0]] * 3
    return f"{q[1]:9.4f} ({q[0]:.4f} to {q[2]:.4f})"


for name in options.functions.split(","):
    f, bounds = FUNCTIONS[name]
    for sampler in options.samplers.split(","):
        directory = tempfile.mkdtemp()
        ours = json.loads(subprocess.run(
            [options.program, "--only", name, "--sampler", sampler, "--seeds", str(options.seeds), "--trials", str(options.trials)]
            + (["--storage", directory] if options.sqlite else []), capture_output=True, text=True, check=True).stdout)
        print(f"{name:12} {sampler:18} hftml  {shown(ours['best'])}  {ours['microsecondsPerTrial']:10.1f} us a trial", flush=True)
        for label, make in SAMPLERS[sampler]:
            best, started = [], time.perf_counter()
            for seed in range(options.seeds):
                study = optuna.create_study(sampler=make(seed), storage=f"sqlite:///{directory}/optuna.sqlite" if options.sqlite else None)
                study.optimize(lambda t: f([t.suggest_float(f"x{i}", lo, hi) for i, (lo, hi) in enumerate(bounds)]), n_trials=options.trials)
                best.append(study.best_value)
            cost = (time.perf_counter() - started) / options.seeds / options.trials * 1e6
            wins = sum(a < b for a in ours["best"] for b in best) / len(best) ** 2
            print(f"{name:12} {label:18} optuna {shown(best)}  {cost:10.1f} us a trial, {cost / ours['microsecondsPerTrial']:.0f} times ours; ours is lower in {wins:.0%} of pairs", flush=True)
