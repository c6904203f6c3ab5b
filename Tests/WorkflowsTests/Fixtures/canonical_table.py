"""Every file of a directory of real market data as a canonical table, computed with pandas, pyarrow, json and zipfile.

usage: canonical_table.py ROOT [PART…]
Of each file a line: path, rows, first and last time in nanoseconds UTC, digest, with tabs between them. A PART is the
beginning of a path below ROOT. The digest is SHA-256 of a line a row: time, receive_time, known_time, sequence,
instrument, then the columns of the table (bars: open, high, low, close, volume; trades: price, size, side, id,
condition; quotes: bid, bid_size, ask, ask_size, venue; book changes: action, side, price, size, order, trade_price;
snapshots: ask_price, ask_size, bid_price, bid_size of each level), whole numbers as they are kept, no value as nothing.
"""
import collections
import datetime
import gzip
import hashlib
import io
import json
import os
import re
import struct
import sys
import zipfile
import zoneinfo
from decimal import ROUND_HALF_UP, Decimal, localcontext

import pandas

NEW_YORK = "America/New_York"
DAY = 86_400 * 10**9
NONE = ""


def emit(path, columns):
    """columns: lists of text, one a column."""
    digest, rows, times = hashlib.sha256(), len(columns[0]), [int(t) for t in columns[0]]
    for start in range(0, rows, 65_536):
        part = [column[start : start + 65_536] for column in columns]
        digest.update(("\n".join(map(",".join, zip(*part))) + "\n").encode())
    first, last = (min(times), max(times)) if times else ("", "")
    print(f"{path}\t{rows}\t{first}\t{last}\t{digest.hexdigest()}")


def whole(values):
    return [NONE if v is None else str(int(v)) for v in values]


def empty(rows):
    return [NONE] * rows


# Numbers: columns of decimals that share a scale.


def from_text(text):
    return None if text in ("", "nan", "NaN", "null") else Decimal(text)


def from_double(value):
    """The shortest decimal number that reads back as the double, of 15 digits where it would have more."""
    if value is None or value != value:
        return None
    out = Decimal(repr(float(value)))
    if len(out.normalize().as_tuple().digits) > 15:
        out = Decimal(f"{value:.14e}")
    return Decimal(f"{value:.18f}") if -out.normalize().as_tuple().exponent > 18 else out


def scaled(columns):
    """Columns as whole numbers of the fewest decimals that hold all, as long as 64 bits do."""
    if columns and columns[0] and isinstance(columns[0][0], str):
        # Plain digits with a point are only moved.
        parts = [[cell.partition(".") for cell in column] for column in columns]
        places = max(len(end.rstrip("0")) for column in parts for _, _, end in column)
        longest = max(len(whole) for column in parts for whole, _, _ in column)
        if places + longest <= 17 and all(
                (w + e).isdigit() or not w for column in parts for w, _, e in column):
            return [
                [str(int(w + e[:places].ljust(places, "0"))) if w else NONE for w, _, e in column] for column in parts]
        columns = [[from_text(c) for c in column] for column in columns]
    with localcontext() as context:
        context.prec = 60
        values = [v for column in columns for v in column if v is not None]
        least = [v.normalize().as_tuple().exponent for v in values]
        places = max(0, -min(least, default=0))
        largest = max((abs(v) for v in values), default=0)
        while places and (places > 18 or largest.scaleb(places) >= Decimal(10) ** 18):
            places -= 1
        unit = Decimal(1).scaleb(-places)
        return [
            [NONE if v is None else str(int(v.quantize(unit, ROUND_HALF_UP).scaleb(places))) for v in column]
            for column in columns
        ]


def bars(path, times, known, instrument, prices, volumes):
    rows = len(times)
    emit(
        path,
        [whole(times), empty(rows), whole(known), empty(rows), [instrument] * rows]
        + scaled(prices) + scaled([volumes]))


# Comma-separated values.


def stem(name):
    """What a name says beyond endings, intervals, dates and words for bars."""
    name = re.sub(r"(\.(csv|gz|json|parquet|feather|zip))+$", "", name)
    return re.sub(r"(_(\d+(min|m|h|d)|\d{4}-\d\d-\d\d|\d{8}|\d{4}|to|bars|trades|quotes))+$", "", name)


def nanoseconds(column):
    return column.dt.tz_convert("UTC").astype("datetime64[ns, UTC]").astype("int64").tolist()


def table(root, path):
    frame = pandas.read_csv(os.path.join(root, path), dtype=str, keep_default_na=False)
    names = {name.strip().lower(): name for name in frame.columns}
    stamp = next(n for n in ("date time", "datetime", "timestamp", "timestamp_utc", "date") if n in names)
    times = nanoseconds(pandas.to_datetime(frame[names[stamp]], utc=True))
    if times[0] > times[-1]:
        frame, times = frame[::-1], times[::-1]
    gap = collections.Counter(b - a for a, b in zip(times, times[1:])).most_common(1)[0][0]
    # Stamps of days in a zone with daylight saving stand 23 to 25 hours apart: the length is in the name.
    length = re.search(r"-(1d|1wk|1h|15m)-", path)
    step = {"1d": DAY, "1wk": 7 * DAY, "1h": DAY // 24, "15m": DAY // 96}[length[1]] if length else gap
    prices = [frame[names[n]].tolist() for n in ("open", "high", "low", "close")]
    volumes = frame[names["volume"]].tolist() if "volume" in names else [""] * len(times)
    bars(path, times, [t + step for t in times], stem(os.path.basename(path)), prices, volumes)


# LEAN.


def lean(root, path):
    kind, name = path.split("/")[1], os.path.basename(path)
    with zipfile.ZipFile(os.path.join(root, path)) as archive:
        data = archive.read(archive.namelist()[0])
    frame = pandas.read_csv(io.BytesIO(data), header=None, dtype=str, keep_default_na=False)
    rows, minute = len(frame), {"daily": 1440, "hour": 60, "minute": 1}.get(kind)
    step = pandas.Timedelta(seconds=1) if minute is None else pandas.Timedelta(minutes=minute)
    if kind in ("daily", "hour"):
        local, instrument = pandas.to_datetime(frame[0], format="%Y%m%d %H:%M"), name[:-4]
    else:
        local = pandas.Timestamp(name[:8]) + pandas.to_timedelta(frame[0].astype("int64"), unit="ms")
        instrument = path.split("/")[2]
    start, end = (nanoseconds(t.dt.tz_localize(NEW_YORK)) for t in (local, local + step))
    one, names = empty(rows), [instrument] * rows
    column = lambda index: frame[index].tolist()
    sided = lambda price, size: [
        [c if p not in ("", "0") else NONE for p, c in zip(column(price), column(k))] for k in (price, size)]
    if kind == "tick" and "trade" in name:
        condition = [f"{e} {c}" + (" suspicious" if s == "1" else "") for e, c, s in zip(column(3), column(4), column(5))]
        cells = [whole(start), one, whole(start), one, names, column(1), column(2), one, one, condition]
    elif kind == "tick":
        cells = [whole(start), one, whole(start), one, names] + sided(1, 2) + sided(3, 4) + [column(5)]
    elif "quote" in name:
        cells = [whole(end), one, whole(end), one, names] + sided(4, 5) + sided(9, 10) + [one]
    else:
        cells = [whole(start), one, whole(end), one, names] + [column(i) for i in range(1, 6)]
    emit(path, cells)


# LOBSTER.


def lobster(root, path):
    name = os.path.basename(path)
    day = datetime.date.fromisoformat(name.split("_")[1])
    midnight = datetime.datetime.combine(day, datetime.time(), zoneinfo.ZoneInfo(NEW_YORK)).timestamp()
    read = lambda p: pandas.read_csv(os.path.join(root, p), header=None, dtype=str)
    messages = read(path.replace("_orderbook_", "_message_"))
    times = [str(int(midnight) * 10**9 + int((Decimal(t) * 10**9).to_integral_value())) for t in messages[0]]
    rows = len(times)
    head = [times, empty(rows), times, empty(rows), [name.split("_")[0]] * rows]
    if "_orderbook_" in name:
        book = read(path)
        pairs = [(book[i].tolist(), book[i + 1].tolist()) for i in range(0, book.shape[1], 2)]
        there = [[abs(int(p)) != 9_999_999_999 for p in prices] for prices, _ in pairs]
        cells = [
            [v if t else NONE for v, t in zip(column, mask)] for pair, mask in zip(pairs, there) for column in pair]
        return emit(path, head + cells)
    action = {"1": "add", "2": "reduce", "3": "delete", "4": "execute", "5": "hidden", "6": "cross"}
    kinds, prices = messages[1].tolist(), messages[4].tolist()
    emit(
        path,
        head + [
            [action[k] for k in kinds], messages[5].tolist(), prices, messages[3].tolist(),
            [NONE if o == "0" else o for o in messages[2]],
            [p if k in "456" else NONE for k, p in zip(kinds, prices)],
        ])


# Binance.


def binance(root, path):
    snapshot, events, is_futures = None, [], "usdm" in path
    with gzip.open(os.path.join(root, path), "rt") as lines:
        for line in lines:
            if "depthUpdate" not in line and '"stream"' in line:
                continue
            receive, message = line.split(" ", 1)
            message = json.loads(message)
            if "stream" in message:
                events.append((int(receive), message["data"]))
            else:
                snapshot = (int(receive), message)
    receive, book = snapshot
    at, name = book["lastUpdateId"], events[0][1]["s"]
    rows = []

    def add(receive, stamp, sequence, action, sides):
        time = receive if stamp is None else stamp * 10**6
        head = [str(time), str(receive), str(max(time, receive)), str(sequence), name]
        if action == "clear":
            rows.append(head + ["clear"] + [NONE] * 5)
        for side, levels in sides:
            for price, size in levels:
                rows.append(head + ["set", side, price, size, NONE, NONE])

    add(receive, book.get("T", book.get("E")), at, "clear", [("1", book["bids"]), ("-1", book["asks"])])
    before = None
    for receive, event in events:
        if event["u"] < at or (not is_futures and event["u"] <= at):
            continue
        if before is None:
            assert event["U"] <= (at if is_futures else at + 1) <= event["u"]
        else:
            assert (event["pu"] if is_futures else event["U"] - 1) == before
        before = event["u"]
        add(receive, event.get("T", event["E"]), before, "set", [("1", event["b"]), ("-1", event["a"])])
    cells = list(map(list, zip(*rows)))
    for index in (7, 8):
        # All numbers of a market are written with as many decimals.
        places = {len(c.partition(".")[2]) for c in cells[index] if c}
        assert len(places) == 1
        cells[index] = [str(int(c.replace(".", ""))) if c else NONE for c in cells[index]]
    emit(path, cells)


# ITCH, FIX.


def itch(root, path):
    data, at, tests, rows = open(os.path.join(root, path), "rb").read(), 0, set(), []
    while at < len(data):
        (length,) = struct.unpack_from(">H", data, at)
        message, at = data[at + 2 : at + 2 + length], at + 2 + length
        stock = message[11:19].decode().strip()
        if message[:1] == b"R" and message[29:30] == b"T":
            tests.add(stock)
        if message[:1] == b"H" and stock not in tests:
            action = {"H": "halt", "P": "halt", "Q": "quote", "T": "trade"}[message[19:20].decode()]
            time = str(int.from_bytes(message[5:11], "big"))
            rows.append([time, NONE, time, NONE, stock, action] + [NONE] * 5)
    emit(path, list(map(list, zip(*rows))))


def fix(root, path):
    rows = []
    for line in open(os.path.join(root, path), "rb"):
        tags = dict(field.split("=", 1) for field in line.decode().strip().split("\x01") if "=" in field)
        if tags["35"] != "8" or tags["150"] not in ("1", "2"):
            continue
        time = pandas.Timestamp(datetime.datetime.strptime(tags["60"], "%Y%m%d-%H:%M:%S")).value
        side = {"1": "1", "2": "-1", "5": "-1"}[tags["54"]] if tags["40"] == "1" else NONE
        rows.append(
            [str(time), NONE, str(time), tags["34"], tags["55"], tags["31"].replace(".", ""), tags["32"], side,
             tags["17"], NONE])
    emit(path, list(map(list, zip(*rows))))


# Yahoo.


def yahoo(root, path):
    root_value = json.load(open(os.path.join(root, path)))
    if "response" in root_value:
        response = root_value["response"]
        root_value = json.loads(response["body"]) if "body" in response else response["bodyJson"]
    chart = root_value["chart"]
    if chart["error"] or "notimestamp" in path:
        print(f"{path}\terror")
        return
    result = chart["result"][0]
    meta, quote = result["meta"], (result["indicators"].get("quote") or [{}])[0]
    zone, stamps = zoneinfo.ZoneInfo(meta["exchangeTimezoneName"]), result.get("timestamp", [])
    is_daily = meta["dataGranularity"] == "1d"
    # Days are known at the close of their session, or when the local day is over where no calendar is known.
    codes = {NEW_YORK: "XNYS", "Europe/London": "XLON", "Asia/Kolkata": "XBOM", "Asia/Shanghai": "XSHG"}
    code = codes.get(meta["exchangeTimezoneName"])
    calendar = None
    if is_daily and code and meta.get("instrumentType") in ("EQUITY", "ETF", "INDEX", None) and "=" not in meta["symbol"]:
        import exchange_calendars

        calendar = exchange_calendars.get_calendar(code, start="1990-01-01")

    def known(stamp):
        if not is_daily:
            return stamp + {"1m": 60, "1h": 3600}[meta["dataGranularity"]]
        day = clock(stamp).date()
        if calendar is not None and calendar.is_session(str(day)):
            return int(calendar.session_close(str(day)).timestamp())
        midnight = datetime.time()
        return int(datetime.datetime.combine(day + datetime.timedelta(days=1), midnight, zone).timestamp())

    clock = lambda stamp: datetime.datetime.fromtimestamp(stamp, zone)
    kept = []
    for index, stamp in enumerate(stamps):
        if None in [quote[n][index] for n in ("open", "high", "low", "close")]:
            continue
        # The live quote comes last and begins no session, or stands in none.
        if index == len(stamps) - 1 and index > 0:
            first = clock(stamps[0])
            if (clock(stamp).time() != first.time()) if is_daily else (clock(stamp).date() != first.date()):
                continue
        kept.append(index)
    numbers = [[from_double(quote[n][i]) for i in kept] for n in ("open", "high", "low", "close", "volume")] \
        if kept else [[]] * 5
    times = [stamps[i] * 10**9 for i in kept]
    bars(path, times, [known(stamps[i]) * 10**9 for i in kept], meta["symbol"], numbers[:4], numbers[4])


# Parquet, Feather, JSON.


def stamps(column):
    column = column.dt.tz_localize("UTC") if column.dt.tz is None else column
    return nanoseconds(column)


def arrow(root, path):
    frame, step = pandas.read_feather(os.path.join(root, path)), 300 * 10**9
    times = stamps(frame["date"])
    numbers = [[from_double(v) for v in frame[n].tolist()] for n in ("open", "high", "low", "close", "volume")]
    bars(path, times, [t + step for t in times], os.path.basename(path).split("-")[0], numbers[:4], numbers[4])


def json_bars(root, path):
    columns = list(zip(*json.load(open(os.path.join(root, path)), parse_float=Decimal, parse_int=Decimal)))
    times = [int(t) * 10**6 for t in columns[0]]
    bars(
        path, times, [t + 60 * 10**9 for t in times], os.path.basename(path).split("-")[0],
        [list(c) for c in columns[1:5]], list(columns[5]))


def parquet(root, path):
    import pyarrow.parquet

    frame, name = pyarrow.parquet.read_table(os.path.join(root, path)).to_pandas(), stem(os.path.basename(path))
    rows = len(frame)
    if "epochTime" in frame:
        times = [int(t) * 1000 for t in frame["epochTime"]]
        receive = [t - 8 * 3600 * 10**9 for t in stamps(frame["timestamp"])]
        label = [(s, k, level) for level in range(1, 6) for s in ("ask", "bid") for k in ("", "Size")]
        numbers = [[from_double(v) for v in frame[f"{s}{k}{level}"].tolist()] for s, k, level in label]
        cells = [NONE] * 20
        cells[0::2], cells[1::2] = scaled(numbers[0::2]), scaled(numbers[1::2])
        head = [whole(times), whole(receive), whole(map(max, times, receive)), empty(rows), frame["instrumentID"].tolist()]
        return emit(path, head + cells)
    if "bid_price" in frame:
        number = lambda b: Decimal(int.from_bytes(b, "little", signed=True)).scaleb(-9)
        column = lambda n: [number(b) for b in frame[n]]
        times, receive = ([int(t) for t in frame[n]] for n in ("ts_event", "ts_init"))
        bid, ask = scaled([column("bid_price"), column("ask_price")])
        bid_size, ask_size = scaled([column("bid_size"), column("ask_size")])
        return emit(
            path, [whole(times), whole(receive), whole(map(max, times, receive)), empty(rows), [name] * rows,
                   bid, bid_size, ask, ask_size, empty(rows)])
    if "buyer_maker" in frame:
        times, ids, size = stamps(frame["timestamp"]), frame["trade_id"], "quantity"
        sides = ["-1" if m == "True" else "1" for m in frame["buyer_maker"]]
    else:
        times, ids, size = [int(t) * 10**6 for t in frame["timestamp"]], frame["id"], "amount"
        sides = ["1" if s == "buy" else "-1" for s in frame["side"]]
    number = lambda n: [from_double(float(v)) for v in frame[n].tolist()]
    times, ids = whole(times), [str(i) for i in ids]
    emit(
        path, [times, empty(rows), times, ids, [name] * rows] + scaled([number("price")]) + scaled([number(size)])
        + [sides, ids, empty(rows)])


KINDS = [
    ("lean/", lean), ("lobster/", lobster), ("crypto-feed/", binance), ("itch/", itch), ("fix/", fix),
    ("yahoo-chart/", yahoo), ("parquet/", parquet), ("bars-crypto/UNITTEST", json_bars),
]


def main(root, parts):
    for directory, _, names in sorted(os.walk(root)):
        for name in sorted(names):
            path = os.path.relpath(os.path.join(directory, name), root)
            if path.startswith("keys/") or name in ("README.md", "SHA256SUMS"):
                continue
            # Factors and names of shares are tables beside the bars.
            if "factor_files" in path or "map_files" in path or (parts and not path.startswith(tuple(parts))):
                continue
            read = next((r for start, r in KINDS if path.startswith(start)), table)
            (arrow if path.endswith(".feather") else read)(root, path)


if __name__ == "__main__":
    main(sys.argv[1].rstrip("/"), sys.argv[2:])
