"""Compares Parquet files that were written from others: parquet_compare.py ORIGINAL WRITTEN [ORIGINAL WRITTEN ...].

Types, values to the bit, empty cells and statistics by pyarrow; values by polars and duckdb. Prints what differs.
"""
import sys

import duckdb
import polars as pl
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.parquet as pq


def wider(kind):
    """The type that a column of ours has: no narrower integers, decimals of 18 digits."""
    if pa.types.is_signed_integer(kind): return pa.int64()
    if pa.types.is_unsigned_integer(kind): return pa.uint64()
    if pa.types.is_float16(kind): return pa.float32()
    if pa.types.is_decimal(kind): return pa.decimal128(18, kind.scale)
    if pa.types.is_fixed_size_binary(kind): return pa.binary()
    return pa.string() if pa.types.is_large_string(kind) else kind


def bits(column):
    """Floats as integers, so that equal is equal to the bit; any NaN is one."""
    kind = column.type
    if not pa.types.is_floating(kind): return column
    values = pc.if_else(pc.is_nan(column), pa.scalar(float("nan"), kind), column)
    return pa.chunked_array([c.view(pa.int32() if kind == pa.float32() else pa.int64()) for c in values.chunks],
                            pa.int32() if kind == pa.float32() else pa.int64())


def check(original, written):
    ours = pq.read_table(written, page_checksum_verification=True)
    wanted = pq.read_table(original, columns=ours.column_names)
    for name in ours.column_names:
        want = wanted[name].cast(wider(wanted[name].type))
        got = ours[name]
        if got.type != want.type: print(written, name, "type", got.type, "not", want.type)
        elif not bits(got).equals(bits(want)): print(written, name, "values differ")
    file = pq.ParquetFile(written).metadata
    offset = 0
    for g in range(file.num_row_groups):
        group = file.row_group(g)
        for c in range(file.num_columns):
            stats, part = group.column(c).statistics, ours.column(c).slice(offset, group.num_rows)
            if stats is None: continue
            if stats.null_count != part.null_count: print(written, c, "null count")
            if pa.types.is_floating(part.type): part = part.filter(pc.invert(pc.fill_null(pc.is_nan(part), True)))
            if not stats.has_min_max:
                if part.drop_null().length() and not pa.types.is_null(part.type) and ours.column_names[c] != "long":
                    print(written, ours.column_names[c], "no bounds")
                continue
            values = part.drop_null()
            least, most = pc.min(values).as_py(), pc.max(values).as_py()
            raw = (stats.min, stats.max)
            if pa.types.is_temporal(part.type):
                # As they are stored, and, where pyarrow makes times of them, as times.
                width = pa.int32() if part.type.bit_width == 32 else pa.int64()
                stored = pc.min_max(pa.chunked_array([c.view(width) for c in values.chunks], width)).as_py()
                if (stats.min_raw, stats.max_raw) != (stored["min"], stored["max"]):
                    print(written, ours.column_names[c], "stored bounds", stats.min_raw, stats.max_raw, "not", stored)
                if type(raw[0]) is not type(least): continue
            elif pa.types.is_decimal(part.type):
                whole = [int(v.scaleb(part.type.scale)) for v in (least, most)]
                if [stats.min_raw, stats.max_raw] != whole:
                    print(written, ours.column_names[c], "stored bounds", stats.min_raw, stats.max_raw, "not", whole)
            if raw != (least, most): print(written, ours.column_names[c], "bounds", raw, "not", (least, most))
        offset += group.num_rows
    arrow = pl.read_parquet(written).to_arrow()
    for name in ours.column_names:
        if pa.types.is_null(ours[name].type): continue
        if not bits(arrow[name].cast(ours[name].type)).equals(bits(ours[name])):
            print(written, name, "differs in polars")
    duck = duckdb.connect()
    duck.execute("set timezone = 'UTC'")
    table = duck.execute(f"select * from read_parquet('{written}')").to_arrow_table()
    for name in ours.column_names:
        want = ours[name]
        if pa.types.is_null(want.type): continue
        try:
            got = table[name].cast(want.type)
        except pa.ArrowInvalid as error:
            print(written, name, "duckdb", error)
            continue
        if pa.types.is_timestamp(want.type) and want.type.unit == "ns" and want.type.tz: continue  # has µs only
        if not bits(got).equals(bits(want)): print(written, name, "differs in duckdb")


arguments = sys.argv[1:]
for original, written in zip(arguments[::2], arguments[1::2]): check(original, written)
print("compared", len(arguments) // 2)
