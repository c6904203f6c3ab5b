"""Writes one table as Parquet in every version, encoding and codec, and its values as text.

Usage: parquet_grid.py DIRECTORY [NAME ...]: all files, or those of these names.
Writes `files.txt` with `FILE EXPECTED` a line; EXPECTED has a line a column: name,
type, then each value: integers, bits of doubles, hexadecimal bytes, or `-`.
"""
import datetime, decimal, itertools, os, random, struct, sys, warnings

import duckdb
import numpy as np
import polars as pl
import pyarrow as pa
import pyarrow.parquet as pq

warnings.simplefilter("ignore")
out, ROWS = sys.argv[1], 600
WANTED = set(sys.argv[2:])
TYPES = {
    "b": (pa.bool_(), "bool"), "i8": (pa.int8(), "int64"), "i16": (pa.int16(), "int64"), "i32": (pa.int32(), "int64"),
    "i64": (pa.int64(), "int64"), "u8": (pa.uint8(), "uint64"), "u16": (pa.uint16(), "uint64"),
    "u32": (pa.uint32(), "uint64"), "u64": (pa.uint64(), "uint64"), "f16": (pa.float16(), "float32"),
    "f32": (pa.float32(), "float32"), "f64": (pa.float64(), "float64"), "date": (pa.date32(), "date"),
    "tms": (pa.time32("ms"), "time millisecond"), "tus": (pa.time64("us"), "time microsecond"),
    "tns": (pa.time64("ns"), "time nanosecond"), "sms": (pa.timestamp("ms"), "timestamp millisecond false"),
    "sus": (pa.timestamp("us", "UTC"), "timestamp microsecond true"),
    "sns": (pa.timestamp("ns"), "timestamp nanosecond false"),
    "snsz": (pa.timestamp("ns", "UTC"), "timestamp nanosecond true"),
    "d9": (pa.decimal128(9, 2), "decimal 2"), "d18": (pa.decimal128(18, 4), "decimal 4"),
    "d30": (pa.decimal128(30, 6), "decimal 6"), "text": (pa.string(), "text"), "side": (pa.string(), "text"),
    "bin": (pa.binary(), "binary"), "fix": (pa.binary(5), "binary"), "sorted": (pa.int64(), "int64"),
    "long": (pa.string(), "text"),
}
PLAIN_INT = {"i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64", "date", "tms", "tus", "tns", "sms", "sus", "sns",
             "snsz", "sorted"}


def raw(name, rng):
    """A value as the number, the bits or the bytes that the reader must give."""
    kind = TYPES[name][0]
    edge = rng.random()
    if name == "b": return rng.random() < 0.8
    if name in ("i8", "i16", "i32", "i64", "u8", "u16", "u32", "u64"):
        bits = int(name[1:])
        low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if name[0] == "i" else (0, (1 << bits) - 1)
        return rng.choice([low, high, 0]) if edge < 0.1 else rng.randint(low, high)
    if name == "f16": return float(np.uint16(rng.getrandbits(16)).view(np.float16)) if edge < 0.9 else float("inf")
    if name == "f32":
        return rng.choice([float("nan"), -0.0, float("-inf")]) if edge < 0.1 else float(np.float32(rng.gauss(0, 1e5)))
    if name == "f64": return rng.choice([float("nan"), -0.0, 5e-324, float("inf")]) if edge < 0.1 else rng.gauss(0, 1e9)
    if name == "date": return rng.randint(-30000, 60000)
    if name == "tms": return rng.randint(0, 86_399_999)
    if name == "tus": return rng.randint(0, 86_399_999_999)
    if name == "tns": return rng.randint(0, 86_399_999_999_999)
    if name == "sms": return rng.randint(-2_000_000_000_000, 4_000_000_000_000)
    if name == "sus": return rng.randint(-2_000_000_000_000_000, 4_000_000_000_000_000)
    if name in ("sns", "snsz"): return rng.randint(-(1 << 61), 1 << 62)
    if name == "d9": return rng.randint(-999_999_999, 999_999_999)
    if name == "d18": return rng.randint(-(10 ** 18) + 1, 10 ** 18 - 1)
    if name == "d30":
        return rng.choice([-(1 << 63), (1 << 63) - 1]) if edge < 0.1 else rng.randint(-(10 ** 18), 10 ** 18)
    if name == "text": return "" if edge < 0.05 else "prefix-%d-é" % rng.randint(0, 10 ** 6)
    if name == "side": return rng.choice(["buy", "sell", "", "❌"])
    if name == "long": return "x" * rng.randint(0, 40) + rng.choice("abc")
    if name == "bin": return rng.randbytes(rng.randint(0, 12))
    if name == "fix": return rng.randbytes(5)
    raise KeyError(name)


def column(name, values):
    kind = TYPES[name][0]
    if pa.types.is_decimal(kind):
        context = decimal.Context(prec=60)
        values = [None if v is None else context.scaleb(decimal.Decimal(v), -kind.scale) for v in values]
    if pa.types.is_temporal(kind):
        width = pa.int32() if name in ("date", "tms") else pa.int64()
        return pa.array(values, width).cast(kind)
    if name == "f16": return pa.array([None if v is None else np.float16(v) for v in values], kind)
    return pa.array(values, kind)


def text(name, value):
    if value is None: return "-"
    if isinstance(value, bool): return str(int(value))
    if isinstance(value, float):
        return "nan" if value != value else str(struct.unpack("<Q", struct.pack("<d", value))[0])
    if isinstance(value, str): return "x" + value.encode().hex()
    return "x" + value.hex() if isinstance(value, bytes) else str(value)


def expect(file, names, data, optional=True):
    with open(os.path.join(out, file), "w") as f:
        for name in names:
            f.write("\t".join([name, TYPES[name][1]] + [text(name, v) for v in data[name]]) + "\n")


files = open(os.path.join(out, "files.txt"), "w")


def skip(file): return WANTED and file.removesuffix(".parquet") not in WANTED


def add(file, expected): files.write(f"{file} {expected}\n")


def make(nulls, rng, rows):
    data = {}
    for name in TYPES:
        start, values = 1_700_000_000_000, []
        for row in range(rows):
            if name == "sorted":
                start += rng.randint(0, 3)
                values.append(start)
            else:
                values.append(raw(name, rng))
        # Some pages have no value at all, some have all.
        if nulls: values = [None if 200 <= r < 330 or (r % 250 > 100 and rng.random() < 0.3) else v
                            for r, v in enumerate(values)]
        data[name] = values
    return data


ENCODINGS = {
    "plain": lambda n: "PLAIN",
    "dictionary": None,
    "mixed": None,
    "delta-length": lambda n: "DELTA_BINARY_PACKED" if n in PLAIN_INT else "RLE" if n == "b"
        else "DELTA_LENGTH_BYTE_ARRAY" if n in ("text", "side", "bin", "long")
        else "DELTA_BYTE_ARRAY" if n in ("fix", "f16", "d30") else "PLAIN",
    "delta-bytes": lambda n: "DELTA_BINARY_PACKED" if n in PLAIN_INT else "RLE" if n == "b"
        else "DELTA_BYTE_ARRAY" if n in ("text", "side", "bin", "fix", "long", "d9") else "PLAIN",
    "split": lambda n: "BYTE_STREAM_SPLIT" if n in PLAIN_INT | {"f16", "f32", "f64", "fix", "d9", "d30"}
        else "RLE" if n == "b" else "PLAIN",
}

for nulls in ("none", "nulls"):
    rng = random.Random(17 if nulls == "none" else 18)
    data = make(nulls == "nulls", rng, ROWS)
    names = list(TYPES)
    expect(f"{nulls}.txt", names, data)
    columns = {n: column(n, data[n]) for n in names}
    schema = pa.schema([pa.field(n, TYPES[n][0], nullable=nulls == "nulls") for n in names])
    table = pa.table([columns[n] for n in names], schema=schema)
    # What is not flat stands between.
    both = table.add_column(3, "list", pa.array([[1, 2], None, []] * (ROWS // 3), pa.list_(pa.int64())))
    both = both.add_column(7, "struct", pa.array([{"a": 1, "b": "x"}] * ROWS))
    both = both.add_column(9, "map", pa.array([[("k", 1)]] * ROWS, pa.map_(pa.string(), pa.int32())))
    for version, encoding, codec in itertools.product(
        ("1.0", "2.0"), ENCODINGS, ("none", "snappy", "gzip", "brotli", "zstd", "lz4")):
        file = f"{nulls}-v{version[0]}-{encoding}-{codec}.parquet"
        if skip(file): continue
        options = dict(compression=codec, data_page_version=version, row_group_size=250, data_page_size=400,
                       write_batch_size=50, write_page_checksum=codec in ("none", "zstd"), version="2.6")
        rule = ENCODINGS[encoding]
        if rule:
            options |= dict(use_dictionary=False, column_encoding={n: rule(n) for n in names})
        elif encoding == "mixed":
            options |= dict(dictionary_pagesize_limit=300)
        pq.write_table(both if rule is None else table, os.path.join(out, file), **options)
        add(file, f"{nulls}.txt")
    file = f"{nulls}-decimals.parquet"
    pq.write_table(table, os.path.join(out, file), store_decimal_as_integer=True)
    add(file, f"{nulls}.txt")
    # Polars and DuckDB have not every type.
    some = [n for n in names if n not in ("f16", "sms", "tms", "tus", "tns", "d30", "fix", "snsz", "sns")]
    expect(f"{nulls}-some.txt", some, data)
    for codec in ("uncompressed", "snappy", "gzip", "brotli", "zstd", "lz4"):
        file = f"{nulls}-polars-{codec}.parquet"
        if skip(file): continue
        pl.from_arrow(table.select(some)).write_parquet(os.path.join(out, file), compression=codec, row_group_size=250)
        add(file, f"{nulls}-some.txt")
    connection = duckdb.connect()
    part = table.select([n for n in some if n != "sus"])
    expect(f"{nulls}-part.txt", part.column_names, data)
    codecs = ("uncompressed", "snappy", "gzip", "brotli", "zstd", "lz4_raw")
    for codec, version in itertools.product(codecs, ("v1", "v2")):
        file = f"{nulls}-duckdb-{codec}-{version}.parquet"
        if skip(file): continue
        connection.execute(f"""copy part to '{os.path.join(out, file)}'
                               (format parquet, codec '{codec}', parquet_version {version})""")
        add(file, f"{nulls}-part.txt")

# Times of old writers, empty tables, groups without rows, columns without values.
data = make(True, random.Random(19), 300)
expect("int96.txt", ["sns"], data)
pq.write_table(pa.table({"sns": column("sns", data["sns"])}), os.path.join(out, "int96.parquet"),
               use_deprecated_int96_timestamps=True)
add("int96.parquet", "int96.txt")
empty = {n: [] for n in TYPES}
expect("empty.txt", list(TYPES), empty)
schema = pa.schema([pa.field(n, TYPES[n][0]) for n in TYPES])
pq.write_table(schema.empty_table(), os.path.join(out, "empty.parquet"))
add("empty.parquet", "empty.txt")
with pq.ParquetWriter(os.path.join(out, "groupless.parquet"), schema): pass
add("groupless.parquet", "empty.txt")
TYPES["nothing"] = (pa.null(), "null")
rows = {"i64": [1, None, 3], "nothing": [None] * 3}
expect("zero.txt", ["i64", "nothing"], rows)
zero = pa.table({"i64": pa.array(rows["i64"]), "nothing": pa.array(rows["nothing"], pa.null())})
with pq.ParquetWriter(os.path.join(out, "zero.parquet"), zero.schema) as writer:
    for part in (zero.slice(0, 0), zero.slice(0, 2), zero.slice(2, 0), zero.slice(2)): writer.write_table(part)
add("zero.parquet", "zero.txt")
