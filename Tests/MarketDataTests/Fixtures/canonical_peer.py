"""The canonical table of a file, computed without hftml: rows, decimals of prices and sizes, digest.

usage: canonical_peer.py KIND FILE
The digest is SHA-256 of a line a row: cells with commas between them, no value as nothing, without file and position.
"""
import decimal
import hashlib
import json
import sys
import zoneinfo
from datetime import datetime, timedelta

NONE = None


def exact(value):
    """The shortest decimal number that reads back as the double, the nearest of 15 digits where it has more."""
    out = decimal.Decimal(repr(value)) if isinstance(value, float) else decimal.Decimal(value)
    if isinstance(value, float) and len(out.normalize().as_tuple().digits) > 15:
        out = decimal.Decimal(f"{value:.14e}").normalize()
    # The last digits of a small double are noise behind the 18th decimal.
    return decimal.Decimal(f"{value:.18f}") if -out.as_tuple().exponent > 18 else out


def places(values):
    most = 0
    for value in values:
        if value is not None:
            most = max(most, -value.normalize().as_tuple().exponent)
    largest = max((abs(v) for v in values if v is not None), default=0)
    while most and largest * 10**most >= decimal.Decimal("1e18"):
        most -= 1
    return most


def scaled(value, most):
    if value is None:
        return None
    return int((value * 10**most).to_integral_value(decimal.ROUND_HALF_UP))


def emit(rows, prices, sizes):
    """rows: lists of cells; prices and sizes: their positions."""
    rows = [[exact(c) if i in prices + sizes and c is not None else c for i, c in enumerate(r)] for r in rows]
    price = places([r[i] for r in rows for i in prices])
    size = places([r[i] for r in rows for i in sizes])
    digest = hashlib.sha256()
    for row in rows:
        cells = [scaled(c, price) if i in prices else scaled(c, size) if i in sizes else c for i, c in enumerate(row)]
        digest.update((",".join("" if c is None else str(c) for c in cells) + "\n").encode())
    print(len(rows), price, size, digest.hexdigest())


def json_bars(path):
    rows, name = json.load(open(path)), path.split("/")[-1].rsplit("-", 1)[0]
    step = 60_000_000_000
    out = [[r[0] * 10**6, NONE, r[0] * 10**6 + step, NONE, name] + r[1:] for r in rows]
    emit(out, [5, 6, 7, 8], [9])


def yahoo(path):
    result = json.load(open(path))["chart"]["result"][0]
    meta, stamps = result["meta"], result.get("timestamp", [])
    regular, zone = meta["currentTradingPeriod"]["regular"], zoneinfo.ZoneInfo(meta["exchangeTimezoneName"])
    daily = meta["dataGranularity"] == "1d"
    # Daily bars are known at the close of their session, or when their day is over where no calendar is known.
    codes = {"America/New_York": "XNYS", "Europe/London": "XLON", "Asia/Kolkata": "XBOM", "Asia/Shanghai": "XSHG"}
    code = codes.get(meta["exchangeTimezoneName"])
    is_traded = meta.get("instrumentType") in ("EQUITY", "ETF", "INDEX", None) and "=" not in meta["symbol"]
    calendar = None
    if daily and code and is_traded:
        import exchange_calendars
        calendar = exchange_calendars.get_calendar(code, start="1990-01-01")

    def known(stamp):
        if not daily:
            return stamp + 60
        day = datetime.fromtimestamp(stamp, zone).date()
        if calendar is not None and calendar.is_session(str(day)):
            return int(calendar.session_close(str(day)).timestamp())
        return int(datetime.combine(day + timedelta(days=1), datetime.min.time(), zone).timestamp())

    quote = (result["indicators"].get("quote") or [{}])[0]
    out = []
    for i, stamp in enumerate(stamps):
        cells = [quote[k][i] for k in ("open", "high", "low", "close")]
        if None in cells:
            continue
        clock = datetime.fromtimestamp(stamp, zone)
        # The live quote stands at no session's open, or in no session.
        if i == len(stamps) - 1 and i > 0:
            if daily and clock.time() != datetime.fromtimestamp(stamps[0], zone).time():
                continue
            if not daily and clock.date() != datetime.fromtimestamp(stamps[0], zone).date():
                continue
        out.append([stamp * 10**9, NONE, known(stamp) * 10**9, NONE, meta["symbol"]] + cells + [quote["volume"][i]])
    emit(out, [5, 6, 7, 8], [9])


def stamps(column):
    return [int(v) for v in column.astype("datetime64[ns]" if column.dt.tz is None else "datetime64[ns, UTC]").astype("int64")]


def feather(path):
    import pandas
    frame, name = pandas.read_feather(path), path.split("/")[-1].split("-")[0]
    step = 5 * 60 * 10**9
    cells = frame[["open", "high", "low", "close", "volume"]].values.tolist()
    out = [[t, NONE, t + step, NONE, name] + c for t, c in zip(stamps(frame["date"]), cells)]
    emit(out, [5, 6, 7, 8], [9])


def trades(path):
    import pandas
    frame, name = pandas.read_parquet(path), path.split("/")[-1].split(".")[0]
    if "buyer_maker" in frame:
        times, ids = stamps(frame["timestamp"]), frame["trade_id"]
        sides, sizes = [-1 if m == "True" else 1 for m in frame["buyer_maker"]], frame["quantity"]
    else:
        times, ids = [t * 10**6 for t in frame["timestamp"]], frame["id"]
        sides, sizes = [1 if s == "buy" else -1 for s in frame["side"]], frame["amount"]
    name = sys.argv[3]
    out = [
        [t, NONE, t, int(i), name, float(p), float(s), d, str(i), NONE]
        for t, i, p, s, d in zip(times, ids, frame["price"], sizes, sides)
    ]
    emit(out, [5], [6])


def quotes(path):
    import pandas
    frame = pandas.read_parquet(path)
    number = lambda b: decimal.Decimal(int.from_bytes(b, "little", signed=True)).scaleb(-9)
    out = [
        [int(e), int(r), max(int(e), int(r)), NONE, sys.argv[3], number(a), number(b), number(c), number(d), NONE]
        for e, r, a, b, c, d in zip(
            frame["ts_event"], frame["ts_init"], frame["bid_price"], frame["bid_size"], frame["ask_price"],
            frame["ask_size"])
    ]
    emit(out, [5, 7], [6, 8])


def shanghai(path):
    import pandas
    frame = pandas.read_parquet(path)
    names = [f"{s}{kind}{level}" for level in range(1, 6) for s, kind in
             (("ask", ""), ("ask", "Size"), ("bid", ""), ("bid", "Size"))]
    shift = 8 * 3600 * 10**9
    out = []
    for wall, epoch, name, cells in zip(
            stamps(frame["timestamp"]), frame["epochTime"], frame["instrumentID"], frame[names].values.tolist()):
        time, receive = int(epoch) * 1000, wall - shift
        out.append([time, receive, max(time, receive), NONE, name] + cells)
    emit(out, list(range(5, 25, 2)), list(range(6, 25, 2)))


{"json": json_bars, "yahoo": yahoo, "feather": feather, "trades": trades, "quotes": quotes,
 "shanghai": shanghai}[sys.argv[1]](sys.argv[2])
