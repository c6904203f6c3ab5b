"""Coarser bars by pandas: resample.py SOURCE PATH PRICE_DECIMALS SIZE_DECIMALS RULE [reset]

Prints a line a bar: start in ns UTC, open, high, low, close, volume as scaled integers, rows. Nothing is shared with
hftml but the meaning of a rule: `every:7m` is resample() with its origin at the open of each stretch of trading; the
other rules group by sums that begin anew behind the row that reached the threshold.
"""
import gzip, io, json, os, sys, zipfile
from decimal import Decimal
import pandas as pd

source, path, pd_, sd, rule = sys.argv[1], sys.argv[2], int(sys.argv[3]), int(sys.argv[4]), sys.argv[5]
resets = "reset" in sys.argv
NY = "America/New_York"


def scaled(value, decimals):
    number = Decimal(str(value)).scaleb(decimals)
    assert number == number.to_integral_value()
    return int(number)


if source == "lean":
    with zipfile.ZipFile(path) as z:
        d = pd.read_csv(io.BytesIO(z.read(z.namelist()[0])), header=None)
    time = (pd.Timestamp(os.path.basename(path)[:8]) + pd.to_timedelta(d[0], unit="ms")).dt.tz_localize(NY)
    price, size = d[1], d[2]
    rows = pd.DataFrame({"time": time.dt.tz_convert("UTC"), "open": price, "high": price, "low": price,
                         "close": price, "volume": size})
elif source == "xrp":
    d = pd.read_parquet(path)
    time = pd.to_datetime(d["timestamp"], unit="ms", utc=True)
    price = [scaled(x, pd_) for x in d["price"]]
    size = [scaled(x, sd) for x in d["amount"]]
    rows = pd.DataFrame({"time": time, "open": price, "high": price, "low": price, "close": price, "volume": size})
elif source == "binance":
    cells = []
    for line in gzip.open(path, "rt"):
        start = line.find("{")
        message = json.loads(line[start:])
        data = message.get("data", {})
        if data.get("e") == "trade":
            cells.append((data["T"], scaled(data["p"], pd_), scaled(data["q"], sd)))
    d = pd.DataFrame(cells, columns=["T", "p", "q"])
    rows = pd.DataFrame({"time": pd.to_datetime(d["T"], unit="ms", utc=True), "open": d["p"], "high": d["p"],
                         "low": d["p"], "close": d["p"], "volume": d["q"]})
else:
    d = pd.read_csv(path)
    time = pd.to_datetime(d["datetime"]).dt.tz_localize(NY).dt.tz_convert("UTC")
    rows = pd.DataFrame({"time": time})
    for name in ["open", "high", "low", "close"]:
        rows[name] = (d[name] * 10**pd_).round().astype("int64")
    rows["volume"] = (d["volume"] * 10**sd).round().astype("int64")

how = {"open": "first", "high": "max", "low": "min", "close": "last", "volume": "sum", "time": "count"}
kind, amount = rule.split(":")
out = []
if kind == "every":
    rows["stamp"] = rows["time"]
    local = rows["time"].dt.tz_convert(NY if source in ("lean", "bars") else "UTC")
    if source in ("lean", "bars"):
        minutes = local.dt.hour * 60 + local.dt.minute
        stretch = pd.cut(minutes, [0, 240, 570, 960, 1200, 1441], right=False, labels=False)
        origin = {0: "00:00", 1: "04:00", 2: "09:30", 3: "16:00", 4: "20:00"}
    else:
        stretch, origin = 0 * local.dt.hour, {0: "00:00"}
    for (day, part), group in rows.groupby([local.dt.date, stretch]):
        begin = pd.Timestamp(f"{day} {origin[part]}", tz=local.dt.tz)
        group = group.set_index(group["stamp"].dt.tz_convert(local.dt.tz))
        bars = group.resample(amount.replace("m", "min"), origin=begin).agg(how)
        out += [(t.tz_convert("UTC").value, b) for t, b in zip(bars.index, bars.itertuples()) if b.time > 0]
    out.sort(key=lambda item: item[0])
    lines = [(t, b.open, b.high, b.low, b.close, b.volume, b.time) for t, b in out]
else:
    limit = scaled(amount, {"ticks": 0, "volume": sd, "dollars": pd_ + sd}[kind])
    step = {"ticks": [1] * len(rows), "volume": rows["volume"].tolist(),
            "dollars": [int(a) * int(b) for a, b in zip(rows["close"], rows["volume"])]}[kind]
    days = rows["time"].dt.tz_convert(NY).dt.date.tolist()
    group, groups, total, complete = 0, [], 0, set()
    for index, value in enumerate(step):
        if resets and index and days[index] != days[index - 1]:
            group, total = group + (total > 0), 0
        groups.append(group)
        total += value
        if total >= limit:
            complete.add(group)
            group, total = group + 1, 0
    first = rows.groupby(groups)["time"].first()
    bars = rows.groupby(groups).agg(how)
    lines = [(first[g].value, b.open, b.high, b.low, b.close, b.volume, b.time)
             for g, b in zip(bars.index, bars.itertuples()) if g in complete]
print("\n".join(" ".join(str(int(x)) for x in line) for line in lines))
