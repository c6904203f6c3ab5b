"""How fast 5,000,000 bars in CSV become columns in memory, beside pandas, pyarrow, polars and duckdb.

    compare_csv.py PROGRAM [FILE [ROUNDS]]

PROGRAM is market-data-benchmark of a release build; FILE is made where it is missing. Every tool reads times as real
timestamps and numbers as float64 (ours: integers of 10^-4, exact) on two threads, each run in its own process, tools in
turn; the clock runs from the call to the last column, without the start of the process and imports.
"""
import os
import re
import statistics
import subprocess
import sys

PEERS = {
    "pandas": """
import pandas
def read(path):
    return len(pandas.read_csv(path, engine="c", parse_dates=["datetime"], date_format="%Y-%m-%d %H:%M:%S"))
""",
    "pyarrow": """
import pyarrow, pyarrow.csv
pyarrow.set_cpu_count(2)
kinds = {"datetime": pyarrow.timestamp("ns")}
def read(path):
    return pyarrow.csv.read_csv(path, convert_options=pyarrow.csv.ConvertOptions(column_types=kinds)).num_rows
""",
    "polars": """
import polars
assert polars.thread_pool_size() == 2
def read(path):
    frame = polars.read_csv(path, try_parse_dates=True)
    assert frame.schema["datetime"] == polars.Datetime("us"), frame.schema
    return frame.height
""",
    "duckdb": """
import duckdb
base = duckdb.connect()
base.execute("SET threads = 2")
base.execute("SET enable_progress_bar = false")
kinds = ("{'datetime': 'TIMESTAMP', 'open': 'DOUBLE', 'high': 'DOUBLE', 'low': 'DOUBLE', 'close': 'DOUBLE', "
         "'volume': 'BIGINT'}")
def read(path):
    base.execute(f"CREATE TABLE bars AS SELECT * FROM read_csv('{path}', header=true, columns={kinds})")
    return base.execute("SELECT count(*) FROM bars").fetchone()[0]
""",
}
TAIL = """
import sys, time
start = time.perf_counter()
rows = read(sys.argv[1])
print(time.perf_counter() - start, "s", rows)
"""

program = sys.argv[1]
path = sys.argv[2] if len(sys.argv) > 2 else "/tmp/bars.csv"
rounds = int(sys.argv[3]) if len(sys.argv) > 3 else 5
if not os.path.exists(path):
    subprocess.run([program, "csv-make", path], check=True)
environment = dict(os.environ, POLARS_MAX_THREADS="2", OMP_NUM_THREADS="2")
times = {}
for _ in range(rounds):
    for name in ["hftml", *PEERS]:
        command = (
            [program, "csv-read", path] if name == "hftml" else [sys.executable, "-c", PEERS[name] + TAIL, path])
        text = subprocess.run(command, env=environment, check=True, capture_output=True, text=True).stdout
        times.setdefault(name, []).append(float(re.match(r"[0-9.e-]+", text)[0]))
        print(f"{name}: {text.strip()}", flush=True)
own = statistics.median(times["hftml"])
print(f"{os.path.getsize(path) / 1e6:.0f} MB, {rounds} rounds, medians:")
for name, taken in times.items():
    middle = statistics.median(taken)
    print(f"{name:8} {middle:.3f} s ({min(taken):.3f}-{max(taken):.3f})  {middle / own:.2f}x of hftml's")
best = min(statistics.median(taken) for name, taken in times.items() if name != "hftml")
print(f"the fastest of the others takes {best / own:.2f} times as long as hftml")
