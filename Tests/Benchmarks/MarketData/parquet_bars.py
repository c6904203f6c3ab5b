"""Parquet of OHLCV bars, read by hftml and by polars with two threads, alternately.

Usage: parquet_bars.py PROGRAM DIRECTORY [ROWS=5000000] [ROUNDS=7]

PROGRAM is market-data-benchmark. Files are made in DIRECTORY where they are not there yet: plain, and compressed with
snappy and zstd, by pyarrow and by polars. Each round starts both programs anew; each reads the file three times, of
which the fastest counts, so that starting threads and libraries does not. Prints medians and their ratio; exit 1 where
hftml is slower or reads something else.
"""
import os, statistics, subprocess, sys

program, directory = sys.argv[1:3]
ROWS = int(sys.argv[3]) if len(sys.argv) > 3 else 5_000_000
ROUNDS = int(sys.argv[4]) if len(sys.argv) > 4 else 7

POLARS = """
import sys, time, polars as pl
for _ in range(3):
    start = time.perf_counter()
    frame = pl.read_parquet(sys.argv[1])
    seconds = time.perf_counter() - start
    print(seconds, frame.height, frame["close"].sum())
    del frame
"""


def make():
    import numpy as np, polars as pl, pyarrow as pa, pyarrow.parquet as pq
    rng = np.random.default_rng(17)
    close = np.round(100 + np.cumsum(rng.normal(0, 0.02, ROWS)), 2)
    open_ = np.round(close + rng.normal(0, 0.02, ROWS), 2)
    high = np.round(np.maximum(open_, close) + rng.exponential(0.02, ROWS), 2)
    low = np.round(np.minimum(open_, close) - rng.exponential(0.02, ROWS), 2)
    table = pa.table({
        "time": pa.array(1_600_000_000_000_000_000 + 60_000_000_000 * np.arange(ROWS), pa.timestamp("ns", "UTC")),
        "symbol": pa.array(np.array(["AAPL", "MSFT", "NVDA", "AMZN", "META"])[np.arange(ROWS) * 5 // ROWS]),
        "open": open_, "high": high, "low": low, "close": close, "volume": rng.integers(1, 1_000_000, ROWS),
    })
    frame = pl.from_arrow(table)
    writers = {
        "plain": lambda p: pq.write_table(table, p, compression=None, use_dictionary=False),
        "pyarrow-snappy": lambda p: pq.write_table(table, p),
        "pyarrow-zstd": lambda p: pq.write_table(table, p, compression="zstd"),
        "polars-snappy": lambda p: frame.write_parquet(p, compression="snappy"),
        "polars-zstd": lambda p: frame.write_parquet(p),
    }
    paths = {}
    for name, write in writers.items():
        paths[name] = os.path.join(directory, f"bars-{ROWS}-{name}.parquet")
        if not os.path.exists(paths[name]): write(paths[name])
    return paths


def best(command):
    lines = subprocess.run(command, check=True, capture_output=True, text=True,
                           env=dict(os.environ, POLARS_MAX_THREADS="2")).stdout.split("\n")[:3]
    reads = [line.split() for line in lines]
    return min(float(r[0]) for r in reads), int(reads[0][1]), float(reads[0][2])


is_met = True
for name, path in make().items():
    ours, theirs = [], []
    for _ in range(ROUNDS):
        a, b = best([program, "parquet", path]), best([sys.executable, "-c", POLARS, path])
        if a[1] != b[1] or abs(a[2] - b[2]) > 1e-9 * abs(b[2]):
            print("DIFFERENT", name, a, b)
            is_met = False
        ours.append(a[0])
        theirs.append(b[0])
    x, y = statistics.median(ours), statistics.median(theirs)
    is_met = is_met and x <= y
    print(f"{name:16} hftml {x:.3f} s ({min(ours):.3f} to {max(ours):.3f})   polars {y:.3f} s ({min(theirs):.3f} to "
          f"{max(theirs):.3f})   ratio {y / x:.2f}", flush=True)
sys.exit(0 if is_met else 1)
