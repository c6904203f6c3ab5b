"""Prints bars of CSV files as pandas and decimal read them.

Arguments: PATH:DECIMALS, decimals of the prices. Of each file a line `PATH decimals`, the most decimals of a price, then
a line a row: nanoseconds UTC and open, high, low, close, volume without zeros behind the point, oldest first.
"""
import sys
from decimal import ROUND_HALF_UP, Decimal, localcontext

import pandas as pd


def exact(text):
    return None if text == "" or text.lower() == "nan" else Decimal(text)


def plain(value):
    if value is None:
        return ""
    text = format(value.normalize(), "f")
    return "0" if text in ("-0", "0") else text


def places(value):
    return 0 if value is None else max(0, -value.normalize().as_tuple().exponent)


for argument in sys.argv[1:]:
    path, scale = argument.rsplit(":", 1)
    frame = pd.read_csv(path, dtype=str, keep_default_na=False)
    names = {name.lower(): name for name in frame.columns}
    time = next(names[n] for n in ("date time", "datetime", "timestamp", "timestamp_utc", "date") if n in names)
    stamps = pd.to_datetime(frame[time], utc=True).dt.as_unit("ns").astype("int64").tolist()
    with localcontext() as context:
        context.prec = 60
        prices = [[exact(cell) for cell in frame[names[n]]] for n in ("open", "high", "low", "close")]
        volume = [exact(cell) for cell in frame[names["volume"]]] if "volume" in names else [None] * len(frame)
        print(path, max(places(cell) for column in prices for cell in column))
        step = Decimal(1).scaleb(-int(scale))
        rows = []
        for index, stamp in enumerate(stamps):
            cells = [c[index] if c[index] is None else c[index].quantize(step, ROUND_HALF_UP) for c in prices]
            rows.append((stamp, " ".join([str(stamp)] + [plain(c) for c in cells + [volume[index]]])))
        if len(rows) > 1 and rows[0][0] > rows[-1][0]:
            rows.reverse()
        print("\n".join(row for _, row in rows))
