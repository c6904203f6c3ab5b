#!/usr/bin/env python3
"""Tracking beside MLflow with its SQLite store: metric values, runs, searches, versions; one writer and eight. Same operations, same disk, one after the other.

    pip install mlflow==3.17.2
    python3 Tests/Benchmarks/compare_tracking.py --program .build/release/tracking-benchmark [--large]
"""
import argparse, json, multiprocessing, os, random, sqlite3, statistics, subprocess, sys, tempfile, time, warnings

warnings.filterwarnings("ignore")
os.environ.setdefault("MLFLOW_DISABLE_TELEMETRY", "true")
os.environ.pop("OPENBLAS_CORETYPE", None)
from mlflow import MlflowClient
from mlflow.entities import Metric, Param


def ours(program, registry, *arguments):
    out = json.loads(subprocess.run([program, registry, *map(str, arguments)], check=True, capture_output=True, text=True).stdout)
    return out["operations"], out["seconds"], out["found"]


def client(path):
    return MlflowClient(tracking_uri=f"sqlite:///{path}", registry_uri=f"sqlite:///{path}")


def singles(path, experiment, count, queue=None):
    c = client(path)
    run = c.create_run(experiment).info.run_id
    start, failed = time.perf_counter(), 0
    for i in range(count):
        try:
            c.log_metric(run, "loss", float(i), step=i)
        except Exception:
            failed += 1
    result = (count - failed, time.perf_counter() - start, failed)
    if queue:
        queue.put(result)
    return result


def batches(path, experiment, count, queue=None):
    c = client(path)
    run = c.create_run(experiment).info.run_id
    start, failed = time.perf_counter(), 0
    for i in range(count // 1000):
        try:
            c.log_batch(run, metrics=[Metric(f"m{k % 10}", float(k), 0, i * 100 + k // 10) for k in range(1000)])
        except Exception:
            failed += 1
    result = (count - failed * 1000, time.perf_counter() - start, failed)
    if queue:
        queue.put(result)
    return result


def eight(target, path, experiment, count):
    queue = multiprocessing.Queue()
    start = time.perf_counter()
    workers = [multiprocessing.Process(target=target, args=(path, experiment, count, queue)) for _ in range(8)]
    for w in workers:
        w.start()
    results = [queue.get() for _ in workers]
    for w in workers:
        w.join()
    # The slowest worker's own time: starting Python is not counted.
    return sum(r[0] for r in results), max(r[1] for r in results), sum(r[2] for r in results)


def ours_eight(program, registry, what, count):
    workers = [subprocess.Popen([program, registry, what, str(count)], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True) for _ in range(8)]
    results = [w.communicate() for w in workers]
    good = [json.loads(r[0]) for r, w in zip(results, workers) if w.returncode == 0]
    return sum(g["operations"] for g in good), max(g["seconds"] for g in good), sum(w.returncode != 0 for w in workers)


def show(name, a, b, unit="/s"):
    ra, rb = a[0] / a[1], b[0] / b[1]
    print(f"{name:46} hftml {ra:12,.0f}{unit}   MLflow {rb:10,.1f}{unit}   {ra / rb:8.0f}×" + (f"   failed: {a[2]}; {b[2]}" if len(a) > 2 and (a[2] or b[2]) else ""), flush=True)


def fill_mlflow(path, experiment, count):
    """Rows as log_metric and log_param leave them, written in one transaction: through the client they would take hours."""
    db = sqlite3.connect(path)
    rng = random.Random(1)
    for i in range(count):
        run = f"{rng.getrandbits(128):032x}"
        db.execute("INSERT INTO runs(run_uuid, name, source_type, user_id, status, start_time, end_time, lifecycle_stage, artifact_uri, experiment_id) VALUES (?,?,?,?,?,?,?,?,?,?)",
                   [run, f"run-{i}", "LOCAL", "u", "FINISHED", i, i + 1, "active", "", experiment])
        db.executemany("INSERT INTO params(key, value, run_uuid) VALUES (?,?,?)", [(f"p{k}", str(i % (k + 2)), run) for k in range(5)])
        rows = [(f"m{k}", ((i * 7919 + k) % 1000) / 1000, 0, run, 0, 0) for k in range(5)]
        db.executemany("INSERT INTO metrics(key, value, timestamp, run_uuid, step, is_nan) VALUES (?,?,?,?,?,?)", rows)
        db.executemany("INSERT INTO latest_metrics(key, value, timestamp, run_uuid, step, is_nan) VALUES (?,?,?,?,?,?)", rows)
    db.commit()
    db.close()


def search(c, experiment, filter, order, repeats):
    times = []
    for _ in range(repeats):
        start = time.perf_counter()
        found = c.search_runs([experiment], filter_string=filter, order_by=[order], max_results=100)
        times.append(time.perf_counter() - start)
    return statistics.median(times), len(found)


def main():
    arguments = argparse.ArgumentParser()
    arguments.add_argument("--program", required=True)
    arguments.add_argument("--large", action="store_true", help="also 100,000 runs, and ten million values on our side")
    options = arguments.parse_args()
    program = os.path.abspath(options.program)
    with tempfile.TemporaryDirectory() as d:
        registry, path = f"{d}/registry.sqlite", f"{d}/mlflow.db"
        c = client(path)
        experiment = c.create_experiment("bench", artifact_location=f"file://{d}/a")
        show("metric values, single calls", ours(program, registry, "singles", 20_000)[:2], singles(path, experiment, 300)[:2])
        show("metric values, batches of 1000", ours(program, registry, "batches", 1_000_000)[:2], batches(path, experiment, 20_000)[:2])
        show("the same, eight writers, single calls", ours_eight(program, registry, "singles", 2_000), eight(singles, path, experiment, 60))
        show("the same, eight writers, batches", ours_eight(program, registry, "batches", 200_000), eight(batches, path, experiment, 4_000))
        expected, stored = 20_000 + 1_000_000 + 8 * 2_000 + 8 * 200_000, sqlite3.connect(registry).execute("SELECT count(*) FROM metric").fetchone()[0]
        print(f"values stored by hftml: {stored:,} of {expected:,}")

        def run(i):
            r = c.create_run(experiment, run_name=f"run-{i}").info.run_id
            c.log_batch(r, metrics=[Metric(f"m{k}", ((i * 7919 + k) % 1000) / 1000, 0, 0) for k in range(5)], params=[Param(f"p{k}", str(i % (k + 2))) for k in range(5)])
            c.set_terminated(r, "FINISHED")

        start = time.perf_counter()
        for i in range(200):
            run(i)
        show("runs with five parameters and five metrics", ours(program, registry, "runs", 2_000)[:2], (200, time.perf_counter() - start))
        c.create_registered_model("model")
        start = time.perf_counter()
        for i in range(100):
            c.create_model_version("model", f"file://{d}/a/{i}")
        show("versions registered", ours(program, registry, "versions", 500)[:2], (100, time.perf_counter() - start))

        for size in [2_000] + ([100_000] if options.large else []):
            registry, path = f"{d}/registry-{size}.sqlite", f"{d}/mlflow-{size}.db"
            ours(program, registry, "fill", size, 100 if size == 100_000 else 5)
            c = client(path)
            experiment = c.create_experiment("bench", artifact_location=f"file://{d}/a")
            fill_mlflow(path, experiment, size)
            for filter, order in [("metrics.m0 > 0.9", "metrics.m1 DESC"), ("metrics.m0 > 0.5 and params.p3 = '2'", "metrics.m2 ASC"), ("params.p4 = '1'", "attributes.start_time DESC")]:
                n, seconds, found = ours(program, registry, "search", filter, order, 101)
                theirs, count = search(c, experiment, filter, order, 5 if size == 100_000 else 21)
                print(f"search of {size:,} runs: {filter}, by {order}: hftml {seconds / n * 1000:.2f} ms, MLflow {theirs * 1000:.0f} ms, {theirs / (seconds / n):.0f}×" + ("" if found == count else f" FOUND {found} AND {count}"), flush=True)
            if size == 100_000:
                print(f"our file with 100,000 runs and 10,000,000 values: {os.path.getsize(registry) / 2**20:.0f} MiB")


if __name__ == "__main__":
    sys.exit(main())
