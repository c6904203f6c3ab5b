#!/usr/bin/env python3
"""Made markets through the real commands: what `hftml gate` measures and decides, beside numpy.

    gate_commands.py HFTML [--cases 20] [--days 20] [-o DIRECTORY]

Each case is a project of its own: five-minute bars of a made market (MadeMarket in Gate/ says how), features, models,
evaluations, a version, a gate with the rules of Registry/gates/demo.yaml that are about numbers. Every third case
judges several strategies and gates the best, every third leaves out one feature after another and gates the best, every
third has one of each. Then numpy says from the daily returns that `evaluate` wrote, and from how many commands were
typed, what the gate must have counted, measured and decided (SciPy's distributions; formulas of Bailey & López de Prado
2014)."""
import argparse, json, os, subprocess, sys, tempfile, time
import numpy as np
from scipy import stats

FEATURES = {
    "return_1": "log_return(close, 1)", "return_2": "log_return(close, 2)", "return_6": "log_return(close, 6)",
    "volatility_6": "realised_volatility(close, 6)", "volume_ratio": "log(ratio(volume, 6) + 0.01)",
    "range": "(high - low) / close",
}
RECIPE = """schemaVersion: 1
name: linear
experiment: made
window: 1
layers: [{{layer: flatten}}, {{layer: dense, units: 1}}]
split: {{kind: times, validationFrom: "{validation}", testFrom: "{test}"}}
training: {{loss: mse, optimizer: {{kind: adam, learningRate: 0.05}}, batchSize: 256, epochs: 12, seed: 1}}
"""
STRATEGY = """schemaVersion: 1
rule: {{enterAbove: {above}, enterBelow: {below}, holdBars: 1, quantity: 100}}
costBps: 1
limits: {{tick: 1, maximumPosition: 100}}
"""
POLICY = """schemaVersion: 1
rules:
  - {rule: metric, metric: ic, minimum: 0.02}
  - {rule: after-costs, minimumReturn: 0, minimumTrades: 100, maximumDrawdown: 0.2}
  - {rule: deflated-sharpe, minimum: 0.95}
  - track-record
  - beats-baseline
  - superior
  - rehearsal
"""
MARKET = "schemaVersion: 1\nzone: America/New_York\ninterval: 5m\ncalendar: XNYS\npriceDecimals: 4\n"
HOLIDAYS = {"2022-01-17", "2022-02-21", "2022-04-15", "2022-05-30"}


def sessions(count):
    day, out = np.datetime64("2022-01-03"), []
    while len(out) < count:
        if np.is_busday(day) and str(day) not in HOLIDAYS:
            out.append(day)
        day += 1
    return out


def made(days, edge, seed):
    """Rows of a CSV file; a return's mean is `edge` basis points against the sign of the last one."""
    random, price, wander, rows = np.random.default_rng(seed), 100.0, 0.0, []
    for day in days:
        wander = 0.9 * wander + 0.3 * np.sqrt(0.19) * random.normal()
        scale, last = 12e-4 * np.exp(wander - 0.045), 0.0
        price *= np.exp(50e-4 * random.normal())
        for bar in range(78):
            drift = -edge * 1e-4 * np.sign(last)
            begin = round(price, 4)
            end = round(price * np.exp(drift + scale * random.standard_t(5) * np.sqrt(3 / 5)), 4)
            reach = scale * price * abs(random.normal()) / 2
            minute = 570 + 5 * bar
            rows.append(
                f"{day} {minute // 60:02}:{minute % 60:02}:00,{begin:.4f},{max(begin, end) + reach:.4f},"
                f"{min(begin, end) - reach:.4f},{end:.4f},{int(1000 * np.exp(random.normal() / 2))}")
            last, price = end / begin - 1, end
    return rows


def expected_maximum(trials):
    if trials < 2:
        return 0.0
    gamma = 0.5772156649015329
    return (1 - gamma) * stats.norm.ppf(1 - 1 / trials) + gamma * stats.norm.ppf(1 - 1 / (trials * np.e))


def sharpe(returns):
    return returns.mean() / returns.std(ddof=1)


def deflated(returns, trials, ratios):
    n, ratio = len(returns), sharpe(returns)
    skew, kurtosis = stats.skew(returns), stats.kurtosis(returns, fisher=False)
    factor = 1 - skew * ratio + (kurtosis - 1) / 4 * ratio**2
    spread = np.var(ratios, ddof=1) if len(ratios) >= 2 and np.ptp(ratios) > 0 else 1 / (n - 1)
    # Ratios that nobody measured spread at least as their error does.
    if len(ratios) < trials:
        spread = max(spread, 1 / (n - 1))
    probability = stats.norm.cdf((ratio - np.sqrt(spread) * expected_maximum(trials)) / np.sqrt(factor / (n - 1)))
    needed = 1 + factor * (stats.norm.ppf(0.95) / ratio) ** 2 if ratio > 0 else np.inf
    return probability, needed


class Case:
    def __init__(self, hftml, root, number, days, edge):
        self.hftml, self.root, self.commands = hftml, root, 0
        os.makedirs(os.path.join(root, "bars"))
        span = sessions(30 + days)
        with open(os.path.join(root, "bars/M0_5min.csv"), "w") as file:
            file.write("datetime,open,high,low,close,volume\n" + "\n".join(made(span, edge, 1000 + number)) + "\n")
        self.run("init", "--no-scm")
        self.write("market.yaml", MARKET)
        self.write("Registry/gates/numbers.yaml", POLICY)
        self.write("recipe.yaml", RECIPE.format(validation=f"{span[25]}T00:00:00", test=f"{span[30]}T00:00:00"))

    def write(self, name, text):
        path = os.path.join(self.root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def run(self, *words, codes=(0,)):
        self.commands += 1
        done = subprocess.run([self.hftml, *words], cwd=self.root, capture_output=True, text=True)
        if done.returncode not in codes:
            sys.exit(f"hftml {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout

    def train(self, name, features):
        lines = "".join(f"  {key}: {value}\n" for key, value in features.items())
        self.write(f"{name}.yaml", f"schemaVersion: 1\nhours: regular\nfeatures:\n{lines}label: {{kind: return, horizon: 1}}\n")
        self.run("features", f"{name}.yaml", "bars", "--market", "market.yaml", "-o", f"out/{name}.safetensors")
        self.run("train", "recipe.yaml", "--features", f"out/{name}.safetensors", "-o", f"out/{name}")

    def evaluate(self, name, strategy):
        output = f"out/{name}-{strategy}"
        self.run("evaluate", f"out/{name}", "--on", f"out/{name}.safetensors", "--strategy", f"{strategy}.yaml", "-o", output)
        with open(os.path.join(self.root, output, "equity.csv")) as file:
            returns = np.array([float(line.split(",")[1]) for line in file.read().split("\n")[1:] if line])
        with open(os.path.join(self.root, output, "metrics.json")) as file:
            metrics = json.load(file)
        assert metrics["tradedBy"] == "desk", metrics["estimateReason"]
        return returns, metrics["test"]

    def gate(self, name, strategy):
        self.run("models", "register", f"out/{name}", "--name", "m")
        text = self.run(
            "gate", "m/1", "--policy", "numbers", "--features", f"out/{name}.safetensors", "--strategy", f"{strategy}.yaml",
            "--json", codes=(0, 2))
        return {item["name"]: item for item in json.loads(text)["items"]}


def judge(arguments, number, root):
    edge = [0.0, 1.1, 3.0][number // 3 % 3]
    case, scenario = Case(arguments.hftml, root, number, arguments.days, edge), ["single", "strategies", "features"][number % 3]
    sets = {"all": FEATURES}
    if scenario == "features":
        sets |= {f"without_{key}": {k: v for k, v in FEATURES.items() if k != key} for key in FEATURES}
    thresholds = [(0.5, -0.5)] if scenario != "strategies" else [(a, -b) for a in (0.2, 0.6, 1.0) for b in (0.3, 0.7, 1.1)]
    for index, (above, below) in enumerate(thresholds):
        case.write(f"s{index}.yaml", STRATEGY.format(above=above, below=below))
    found, firsts = {}, []
    for name, features in sets.items():
        case.train(name, features)
        for index in range(len(thresholds)):
            found[name, f"s{index}"] = case.evaluate(name, f"s{index}")
        first = found[name, "s0"][0]
        if np.ptp(first) > 0:
            firsts.append(sharpe(first))
    best = max(found, key=lambda key: sharpe(found[key][0]) if np.ptp(found[key][0]) > 0 else -9)
    items, (returns, metrics) = case.gate(*best), found[best]
    trials = len(sets) * len(thresholds)
    problems = []

    def same(what, ours, theirs, tolerance=1e-9):
        if theirs is None or abs(ours - theirs) > tolerance * max(1, abs(ours)):
            problems.append(f"{what}: numpy {ours}, gate {theirs}")

    def holds(rule, expected):
        if (items[rule]["status"] == "passed") != expected:
            problems.append(f"{rule}: numpy {expected}, gate {items[rule]['status']} ({items[rule]['reason']})")

    values = items["deflated-sharpe"]["values"]["measured"]
    same("trials", trials, values["trials"])
    earned = np.prod(1 + returns) - 1
    curve = np.concatenate([[1], np.cumprod(1 + returns)])
    drawdown = (curve / np.maximum.accumulate(curve) - 1).min()
    same("return", earned, items["after-costs"]["values"]["measured"]["return"], 1e-6)
    holds("after-costs", earned > 0 and metrics["trades"] >= 100 and drawdown >= -0.2)
    probability, needed = deflated(returns, trials, firsts)
    same("deflated", probability, values["probability"], 1e-6)
    holds("deflated-sharpe", probability >= 0.95)
    holds("track-record", len(returns) >= needed)
    holds("metric", metrics["ic"] >= 0.02)
    # One side of the rule: Student's distribution for the best of all trials, at the gate's own block length.
    measured = items["superior"]["values"]["measured"]
    if measured:
        own = items["superior"]["status"] == "passed"
        n, block = len(returns), max(measured["block"], 1)
        centred = returns - returns.mean()
        lags, p = np.arange(1, n), 1 / block
        weights = (1 - lags / n) * (1 - p) ** lags + lags / n * (1 - p) ** (n - lags)
        variance = (centred @ centred + 2 * sum(w * (centred[k:] @ centred[:-k]) for k, w in zip(lags, weights))) / n
        statistic = returns.mean() * np.sqrt((n - 1) / variance) if variance > 0 else 0
        student = 1 - (1 - stats.t.sf(statistic, max(n / block - 1, 1))) ** trials
        if measured["p"] <= 0 or measured["p"] < student - 1e-9:
            problems.append(f"superior: p {measured['p']} is below Student's {student}")
        if own and student > 0.05:
            problems.append("superior passed what Student's distribution refuses")
    holds("rehearsal", True)
    passed = all(item["status"] == "passed" for item in items.values())
    return scenario, edge, trials, sharpe(returns), passed, case.commands, problems


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hftml")
    parser.add_argument("--cases", type=int, default=20)
    parser.add_argument("--days", type=int, default=20)
    parser.add_argument("-o", dest="directory")
    arguments = parser.parse_args()
    arguments.hftml = os.path.abspath(arguments.hftml)
    parent = arguments.directory or tempfile.mkdtemp(prefix="hftml-gate-")
    print("| case | scenario | edge bps | trials | daily Sharpe | gate | commands | seconds | differences |\n|---|---|---|---|---|---|---|---|---|")
    failed = False
    for number in range(arguments.cases):
        begun = time.time()
        scenario, edge, trials, ratio, passed, commands, problems = judge(arguments, number, os.path.join(parent, f"case-{number}"))
        failed = failed or bool(problems)
        print(
            f"| {number} | {scenario} | {edge} | {trials} | {ratio:.2f} | {'passed' if passed else 'refused'} | {commands} "
            f"| {time.time() - begun:.0f} | {'; '.join(problems) or 'none'} |", flush=True)
    sys.exit(1 if failed else 0)


main()
