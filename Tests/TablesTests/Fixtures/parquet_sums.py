"""Prints of every column of Parquet files: name, rows, empty cells, sum of bits times row number, first, last."""
import sys

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq


def fnv(data):
    h = 0xCBF29CE484222325
    for byte in data: h = (h ^ byte) * 0x100000001B3 & 0xFFFFFFFFFFFFFFFF
    return h


for path in sys.argv[1:]:
    table = pq.ParquetFile(path).read()
    for name, column in zip(table.column_names, table.columns):
        column, kind = column.combine_chunks(), column.type
        mask = np.asarray(column.is_null())
        if pa.types.is_string(kind) or pa.types.is_binary(kind) or pa.types.is_fixed_size_binary(kind):
            known = {}
            bits = []
            for v in column.to_pylist():
                if v not in known: known[v] = 0 if v is None else fnv(v.encode() if isinstance(v, str) else v)
                bits.append(known[v])
            bits = np.array(bits, np.uint64)
        elif pa.types.is_floating(kind):
            bits = column.cast(pa.float64()).fill_null(0.0).to_numpy(zero_copy_only=False).view(np.uint64)
        else:
            bits = column.cast(pa.int64() if not pa.types.is_uint64(kind) else kind).fill_null(0)
            bits = bits.to_numpy(zero_copy_only=False).view(np.uint64)
        bits = np.where(mask, np.uint64(0), bits)
        with np.errstate(over="ignore"):
            total = int((bits * np.arange(1, len(bits) + 1, dtype=np.uint64)).sum(dtype=np.uint64))
        print(name, len(bits), int(mask.sum()), total, int(bits[0]), int(bits[-1]))
