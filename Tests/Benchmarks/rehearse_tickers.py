#!/usr/bin/env python3
"""Orders and money of back-test, gate and runtime on a directory of bars, for positions of 1, 6 and 12 bars.

    rehearse_tickers.py HFTML BARS [-o DIRECTORY]

In a project of its own: features, a small model that trades every bar, and a gate whose only rule is `rehearsal`. Then
the same bundle's journal and summary are added up again here, from the text of the journal alone."""
import argparse, json, os, subprocess, sys, tempfile, time

FEATURES = """schemaVersion: 1
hours: regular
features:
  return_1: log_return(close, 1)
  return_6: log_return(close, 6)
  body: log(close / open)
label: {{kind: return, horizon: {hold}}}
"""
RECIPE = """schemaVersion: 1
name: tiny
experiment: rehearsal-{hold}
window: 3
layers: [{{layer: flatten}}, {{layer: dense, units: 1}}]
split: {{kind: time, test: 0.2, validation: 0.15}}
training: {{loss: mse, optimizer: {{kind: adam, learningRate: 0.01}}, batchSize: 1024, epochs: 1, seed: 1}}
"""
STRATEGY = """schemaVersion: 1
rule: {{enterAbove: 0, enterBelow: -0.000001, holdBars: {hold}, quantity: 100}}
costBps: 1
limits:
  tick: 100
  collarBps: 20
  maximumQuantity: 100
  maximumNotional: 1000000000
  maximumPosition: 100
  maximumGross: 20000000000
  maximumLoss: 1000000000
  burst: 200
  ordersPerSecond: 0.1
"""
POLICY = "schemaVersion: 1\nrules: [{rule: rehearsal, maximumDeniedShare: 1}]\n"
MARKET = "schemaVersion: 1\nzone: America/New_York\ninterval: 5m\ncalendar: XNYS\npriceDecimals: 4\n"


def main():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("hftml")
    parser.add_argument("bars")
    parser.add_argument("-o", dest="directory")
    arguments = parser.parse_args()
    root = arguments.directory or tempfile.mkdtemp(prefix="hftml-rehearsal-")
    bars = os.path.abspath(arguments.bars)

    def write(name, text):
        path = os.path.join(root, name)
        os.makedirs(os.path.dirname(path), exist_ok=True)
        with open(path, "w") as file:
            file.write(text)

    def hftml(*words, codes=(0,)):
        begun = time.time()
        done = subprocess.run([arguments.hftml, *words], cwd=root, capture_output=True, text=True)
        if done.returncode not in codes:
            sys.exit(f"hftml {' '.join(words)}: {done.returncode}\n{done.stdout}{done.stderr}")
        return done.stdout, time.time() - begun

    os.makedirs(root, exist_ok=True)
    hftml("init", "--no-scm")
    write("market.yaml", MARKET)
    write("Registry/gates/rehearsed.yaml", POLICY)
    print("| hold | verdict | bars | orders | denied | fills | cancelled | differences | profit | back-test | fees | seconds |")
    print("|---|---|---|---|---|---|---|---|---|---|---|---|")
    failed = False
    for hold in (1, 6, 12):
        for name, text in (("features", FEATURES), ("recipe", RECIPE), ("strategy", STRATEGY)):
            write(f"{name}-{hold}.yaml", text.format(hold=hold))
        table, model = f"out/features-{hold}.safetensors", f"out/model-{hold}"
        hftml("features", f"features-{hold}.yaml", bars, "--market", "market.yaml", "-o", table)
        hftml("train", f"recipe-{hold}.yaml", "--features", table, "-o", model)
        hftml("models", "register", model, "--name", f"tiny-{hold}")
        text, seconds = hftml(
            "gate", f"tiny-{hold}/1", "--policy", "rehearsed", "--features", table, "--strategy",
            f"strategy-{hold}.yaml", "--json", codes=(0, 2))
        item = next(i for i in json.loads(text)["items"] if i["name"] == "rehearsal")
        m = item["values"]["measured"]
        if not m:
            sys.exit(f"hold {hold}: {item['reason']}")
        same = m["profit"] == m["backtestProfit"] and m["differences"] == 0
        failed = failed or not same or item["status"] != "passed"
        print(
            f"| {hold} | {item['status']} | {m['bars']:,} | {m['submitted'] + m['denied']:,} | {m['denied']:,} | {m['filled']:,} "
            f"| {m['cancelled']:,} | {m['differences']} | {m['profit']!r} | {m['backtestProfit']!r} | {m['fees']:.2f} | {seconds:.0f} |")
        if m["differences"]:
            print("\n".join(m["first"][:5]))
    sys.exit(1 if failed else 0)


main()
