/// Writes Arrow files with pyarrow, polars, pandas and DuckDB, each with a JSON file of what is in it, and checks files
/// that were written from these with all four: `write DIRECTORY`, `check DIRECTORY`, `describe FILE TARGET`.
enum ArrowGridScript {
    static let text = #"""
        import decimal, json, os, struct, sys
        import duckdb, pandas as pd, polars as pl, pyarrow as pa, pyarrow.feather as feather, pyarrow.ipc as ipc

        unit = {'s': 'second', 'ms': 'millisecond', 'us': 'microsecond', 'ns': 'nanosecond'}

        def name(t):
            if pa.types.is_dictionary(t): return name(t.value_type)
            if pa.types.is_boolean(t): return 'bool'
            if pa.types.is_signed_integer(t): return 'int64'
            if pa.types.is_unsigned_integer(t): return 'uint64'
            if pa.types.is_float64(t): return 'float64'
            if pa.types.is_floating(t): return 'float32'
            if pa.types.is_timestamp(t): return 'timestamp-' + unit[t.unit] + ('-utc' if t.tz else '')
            if pa.types.is_time(t): return 'time-' + unit[t.unit]
            if pa.types.is_date(t): return 'date'
            if pa.types.is_decimal(t): return 'decimal-%d' % t.scale
            if pa.types.is_null(t): return 'null'
            s = str(t)
            if 'string' in s: return 'text'
            assert 'binary' in s, s
            return 'binary'

        def cells(a):
            t = a.type
            if pa.types.is_dictionary(t): return cells(a.cast(t.value_type))
            if pa.types.is_timestamp(t) or pa.types.is_time64(t): a = a.cast(pa.int64())
            elif pa.types.is_time32(t) or pa.types.is_date32(t): a = a.cast(pa.int32())
            elif pa.types.is_date64(t):
                return [None if v is None else str(v // 86400000) for v in a.cast(pa.int64()).to_pylist()]
            values = a.to_pylist()
            def one(v):
                if v is None: return None
                if isinstance(v, bool): return 'true' if v else 'false'
                if isinstance(v, int): return str(v)
                if isinstance(v, bytes): return v.hex()
                if isinstance(v, decimal.Decimal): return str(int(v.scaleb(t.scale)))
                if isinstance(v, str): return v
                v = float(v)
                return 'nan' if v != v else struct.pack('>d', v).hex()
            return [one(v) for v in values]

        def described(table):
            return {'fields': [[f.name, name(f.type), str(f.nullable)] for f in table.schema],
                    'columns': [cells(c) for c in table.columns]}

        def describe(table, path): json.dump(described(table), open(path + '.json', 'w'))

        rows = 131

        def cycle(values): return [values[i % len(values)] for i in range(rows)]

        def integers(bits, signed):
            low, high = (-(1 << bits - 1), (1 << bits - 1) - 1) if signed else (0, (1 << bits) - 1)
            return cycle([low, high, 0, 1, high // 3, low // 5])

        text = cycle(['', 'a', '\u00e4\u00f6\u20ac\U0001F600', 'x' * 12, 'y' * 13, 'a text that is long', 'N\0L'])
        floats = [0.0, -0.0, float('nan'), float('inf'), -float('inf'), 1.5, -2.25]
        signed, unsigned = (pa.int8, pa.int16, pa.int32, pa.int64), (pa.uint8, pa.uint16, pa.uint32, pa.uint64)
        bits = lambda n, s: (signed if s else unsigned)[n]()

        def kinds():
            yield 'bool', pa.bool_(), cycle([True, False, False])
            for n in range(4):
                for s in (True, False): yield str(bits(n, s)), bits(n, s), integers(8 << n, s)
            yield 'half', pa.float16(), cycle(floats + [65504.0, 6e-8])
            yield 'float', pa.float32(), cycle(floats + [1e-45, 3.4028234663852886e38])
            yield 'double', pa.float64(), cycle(floats + [5e-324, 0.1, -1.7976931348623157e308])
            for t in (pa.string(), pa.large_string(), pa.string_view()): yield str(t), t, text
            for t in (pa.binary(), pa.large_binary(), pa.binary_view()):
                yield str(t), t, [v.encode()[::-1] for v in text]
            yield 'fixed', pa.binary(3), cycle([b'abc', b'\0\xff\1'])
            yield 'date32', pa.date32(), cycle([0, 20000, -719162])
            yield 'date64', pa.date64(), cycle([0, 86400000 * 20000, -86400000])
            for u in ('s', 'ms'): yield 'time32' + u, pa.time32(u), cycle([0, 86399, 12345])
            for u in ('us', 'ns'): yield 'time64' + u, pa.time64(u), cycle([0, 86399999999, 12345])
            for u in unit:
                for z in (None, 'UTC', 'America/New_York'):
                    yield 'ts' + u + str(z), pa.timestamp(u, z), cycle([0, -1, 1700000000])
            decimals = lambda *texts: cycle([decimal.Decimal(v) for v in texts])
            yield 'decimal128', pa.decimal128(9, 2), decimals('0.00', '-1.23', '1234567.89')
            yield 'decimal38', pa.decimal128(38, 4), decimals('0', '-922337203685477.5808', '7')
            yield 'decimal256', pa.decimal256(50, 3), cycle([decimal.Decimal(v) for v in ('0', '-1.234', '7')])
            yield 'decimal32', pa.decimal32(9, 2), cycle([decimal.Decimal(v) for v in ('0.00', '-1.23')])
            yield 'decimal64', pa.decimal64(18, 2), cycle([decimal.Decimal(v) for v in ('0.00', '-1.23')])
            yield 'dictionary8', pa.dictionary(pa.int8(), pa.string()), text
            yield 'dictionary64', pa.dictionary(pa.uint64(), pa.large_string()), text
            yield 'dictionaryint', pa.dictionary(pa.int16(), pa.int64()), integers(64, True)

        def array(t, values):
            if pa.types.is_temporal(t):
                small = pa.types.is_time32(t) or pa.types.is_date32(t)
                return pa.array(values, pa.int32() if small else pa.int64()).cast(t)
            if pa.types.is_dictionary(t):
                return pa.array(values, t.value_type).dictionary_encode().cast(t)
            return pa.array(values, t)

        def grid():
            fields, columns = [pa.field('null', pa.null())], [pa.nulls(rows)]
            for kind, t, values in kinds():
                for nulls in ('no', 'some', 'all'):
                    isnull = lambda i: nulls == 'all' or nulls == 'some' and i % 3 == 1
                    chosen = [None if isnull(i) else v for i, v in enumerate(values)]
                    fields.append(pa.field(kind + '-' + nulls, t, nullable=nulls != 'no' or len(kind) % 2 == 0))
                    columns.append(array(t, chosen))
            return pa.Table.from_arrays(columns, schema=pa.schema(fields, metadata={'note': 'none'}))

        def write(directory):
            os.chdir(directory)
            table = grid()
            for compression in (None, 'lz4', 'zstd'):
                for kind, new in (('file', ipc.new_file), ('stream', ipc.new_stream)):
                    path = 'pyarrow-%s-%s.arrow' % (compression, kind)
                    with new(path, table.schema, options=ipc.IpcWriteOptions(compression=compression)) as w:
                        w.write_table(table, max_chunksize=50)
                        w.write_batch(table.combine_chunks().to_batches()[0].slice(0, 0))
                        w.write_table(table.slice(7, 1))
                    describe(pa.concat_tables([table, table.slice(7, 1)]), path)
            for kind, new, parts in (
                ('file', ipc.new_file, (['a', 'b'], ['a', 'b', 'c'])),
                ('stream', ipc.new_stream, (['a', 'b'], ['a', 'b', 'c'], ['z', None]))):
                at = lambda p: pa.array([0, len(p) - 1, None], pa.int32())
                arrays = [pa.DictionaryArray.from_arrays(at(p), pa.array(p)) for p in parts]
                batches = [pa.RecordBatch.from_arrays([a], ['d']) for a in arrays]
                path = 'delta-%s.arrow' % kind
                with new(path, batches[0].schema, options=ipc.IpcWriteOptions(emit_dictionary_deltas=True)) as w:
                    for b in batches: w.write_batch(b)
                describe(pa.table({'d': pa.chunked_array([a.cast(pa.string()) for a in arrays])}), path)
            ipc.new_file('empty.arrow', table.schema).close()
            describe(table.slice(0, 0), 'empty.arrow')
            feather.write_feather(table.select(['double-some', 'string-no']), 'v2.arrow')
            describe(table.select(['double-some', 'string-no']), 'v2.arrow')
            foreign(table)

        def foreign(table):
            skip = ('half', 'date64', 'time32', 'time64us', 'tss', 'fixed', 'decimal', 'dictionary', 'null')
            frame = pl.from_arrow(table.select([n for n in table.column_names if not n.startswith(skip)]))
            frame = frame.with_columns(
                c=pl.col('string-some').cast(pl.Categorical), d=pl.lit('1.25').cast(pl.Decimal(10, 2)))
            for compression in ('uncompressed', 'lz4', 'zstd'):
                for level, compat in (('new', pl.CompatLevel.newest()), ('old', pl.CompatLevel.oldest())):
                    for kind, write in (('file', frame.write_ipc), ('stream', frame.write_ipc_stream)):
                        path = 'polars-%s-%s-%s.arrow' % (compression, level, kind)
                        write(path, compression=compression, compat_level=compat)
                        describe(frame.to_arrow(), path)
            data = table.select(['double-no', 'int64-no', 'string-no', 'tsnsUTC-some']).to_pandas()
            data.to_feather('pandas.arrow')
            describe(pa.Table.from_pandas(data), 'pandas.arrow')
            result = duckdb.sql("select i, i / 3.0::double d, 'n' || i % 7 t, (i * 1.5)::decimal(12, 3) x, "
                                "to_timestamp(i) s from range(3000) r(i)")
            found = result.to_arrow_table() if hasattr(result, 'to_arrow_table') else result.arrow()
            feather.write_feather(found, 'duckdb.arrow', compression='zstd')
            describe(found, 'duckdb.arrow')

        def check(directory):
            os.chdir(directory)
            count = 0
            for path in sorted(p for p in os.listdir('.') if p.endswith('.written')):
                expected = json.load(open(path.rsplit('@', 1)[0] + '.json'))
                table = ipc.open_file(path).read_all()
                table.validate(full=True)
                assert described(table) == expected, path
                count += 1
                wanted = dict(zip((f[0] for f in expected['fields']), expected['columns']))
                types = ('bool', 'int64', 'uint64', 'float32', 'float64', 'text', 'binary', 'date',
                    'timestamp-microsecond', 'timestamp-nanosecond', 'timestamp-microsecond-utc')
                plain = [f[0] for f in expected['fields'] if f[1] in types]
                frame = pl.read_ipc(path).select(plain)
                for n in plain: assert cells(frame.get_column(n).to_arrow()) == wanted[n], (path, 'polars', n)
                count += 1
                back = duckdb.from_arrow(table.select(plain)).select('*')
                back = back.to_arrow_table() if hasattr(back, 'to_arrow_table') else back.arrow()
                for n in plain:
                    if not n.startswith('tsns'): assert cells(back.column(n)) == wanted[n], (path, 'duckdb', n)
                count += 1
                data = pd.read_feather(path, columns=plain)
                for n, t, _ in expected['fields']:
                    if t == 'float64':
                        got = cells(pa.array(data[n].astype('float64'), from_pandas=False))
                        assert [c or 'nan' for c in got] == [c or 'nan' for c in wanted[n]], (path, 'pandas', n)
                count += 1
            print(count)

        if __name__ == '__main__':
            if sys.argv[1] == 'write': write(sys.argv[2])
            elif sys.argv[1] == 'check': check(sys.argv[2])
            else: describe(feather.read_table(sys.argv[2]), sys.argv[3])
        """#
}
