import Basics
import Features
import Foundation
import MarketData
import Tables
import Tensors
import TestSupport
import Testing

/// Features of books from every kind of source.
@Suite struct BookSourceTests {
    private static let always = MarketSpec.always

    /// The table of each instrument of a path.
    private static func tables(_ path: String, _ spec: FeatureSpec) throws -> [FeatureTable] {
        var label = LabelSpec(kind: .smoothedFuture, horizon: 10, costBps: 0)
        label.threshold = .fixed(0.0001)
        return try BookReader.feeds(at: path, BookRequest(levels: spec.levels)).flatMap { feed -> [FeatureTable] in
            var builders: [BookTableBuilder] = []
            try feed.read { instrument, event in
                if instrument.index == builders.count {
                    try spec.requireSaid(by: instrument, path: feed.path)
                    builders.append(
                        try BookTableBuilder(
                            spec: spec, market: always, label: label, source: "", instrument: instrument.name,
                            priceDecimals: instrument.priceDecimals, sizeDecimals: instrument.sizeDecimals))
                }
                builders[instrument.index].push(event)
            }
            return builders.map { $0.finish() }
        }
    }

    private static func table(_ path: String, _ spec: FeatureSpec) throws -> FeatureTable {
        let all = try tables(path, spec)
        #expect(all.count == 1)
        return try #require(all.first)
    }

    private static func bits(_ table: FeatureTable) -> [UInt64] {
        table.values.map { UInt64($0.bitPattern) } + table.time.map { UInt64(bitPattern: $0) }
            + table.segment.map { UInt64(bitPattern: Int64($0)) } + table.labelMove.map(\.bitPattern)
            + table.spreadBps.map { UInt64($0.bitPattern) }
    }

    private static let ofLevels =
        #""ofi": "sum(order_flow_imbalance(1), 20)", "ofi3": "order_flow_imbalance(3)", "#
        + #""micro": "microprice / mid - 1", "#
        + #""vol": "realised_volatility(mid, 20)", "q": "queue_imbalance(5)", "slope": "ask_slope(3) - bid_slope(3)""#

    private static func spec(_ features: String, levels: Int, columns: String = "") throws -> FeatureSpec {
        try FeatureSpec(
            JSONParser.parse(
                #"{"input": "book", "levels": \#(levels), "hours": "all", "resetAtSession": false, \#(columns)"#
                    + #""features": {\#(features)}}"#))
    }

    @Test(
        "one day as LOBSTER, as tables in Parquet and CSV, and as ITCH gives the same features to the bit",
        .enabled(if: SharedData.isThere, "needs the shared data"), arguments: [true, false])
    func oneDay(hasHidden: Bool) throws {
        let directory = try TemporaryDirectory(), day = try WholeDay(hasHidden: hasHidden)
        let stem = "lobster/AAPL_2012-06-21_34200000_57600000_"
        try directory.write(day.messages, to: stem + "message_10.csv")
        try directory.write(day.books, to: stem + "orderbook_10.csv")
        try FileManager.default.createDirectory(atPath: directory.file("itch"), withIntermediateDirectories: true)
        try Data(day.feed.bytes).write(to: URL(fileURLWithPath: directory.file("itch/06212012.NASDAQ_ITCH50")))
        for (half, name) in [("message", "changes"), ("orderbook", "snapshots")] {
            for ending in ["csv", "parquet"] {
                for place in ["\(name)-\(ending)", "pair-\(ending)"] {
                    let target = directory.file("\(place)/AAPL.book-\(name).\(ending)")
                    try FileManager.default.createDirectory(
                        atPath: directory.file(place), withIntermediateDirectories: true)
                    let file = try FoundFiles.find(directory.file("\(stem)\(half)_10.csv"))
                    let rows = try file.read(file.tables[0])
                    if ending == "csv" {
                        _ = try ChunkCSV.write(rows, to: target)
                    } else {
                        try ParquetWriter.write(rows, to: target)
                    }
                }
            }
        }
        // The feed does not say the side of a hidden order.
        let trades = #", "sign": "mean(trade_sign, 5)", "size": "trade_size""#
        let plain = try BookSourceTests.spec(BookSourceTests.ofLevels, levels: 10, columns: #""columns": "book", "#)
        let whole = try BookSourceTests.spec(
            BookSourceTests.ofLevels + trades, levels: 10, columns: #""columns": "book", "#)
        let expected = try BookSourceTests.table(directory.file("lobster"), whole)
        #expect(expected.rowCount > 900 && expected.width == 48)
        for place in ["changes-parquet", "changes-csv", "pair-parquet", "pair-csv"] + (hasHidden ? [] : ["itch"]) {
            let found = try BookSourceTests.table(directory.file(place), whole)
            #expect(BookSourceTests.bits(found) == BookSourceTests.bits(expected), "\(place)")
        }
        let expectedPlain = BookSourceTests.bits(try BookSourceTests.table(directory.file("lobster"), plain))
        for place in ["snapshots-parquet", "snapshots-csv", "itch"] {
            #expect(
                try BookSourceTests.bits(BookSourceTests.table(directory.file(place), plain)) == expectedPlain,
                "\(place)")
        }
        // Levels alone do not say what traded: a feature of trades would be 0 in every row.
        let error = #expect(throws: Failure.self) {
            try BookSourceTests.tables(directory.file("snapshots-csv"), whole)
        }
        #expect(error?.code == "features.no-trades")
    }

    private static let hasPython = SharedData.isThere && SharedData.client("python3") != nil

    /// What a script prints: a line a row, of times and bits of floats.
    private static func python(_ script: String, _ arguments: String...) throws -> [[UInt64]] {
        let directory = try TemporaryDirectory(), process = Process()
        process.executableURL = URL(fileURLWithPath: try #require(SharedData.client("python3")))
        process.arguments = [try directory.write(script, to: "peer.py")] + arguments + [directory.file("out")]
        try process.run()
        process.waitUntilExit()
        #expect(process.terminationStatus == 0)
        let data = try Data(contentsOf: URL(fileURLWithPath: directory.file("out")))
        return String(decoding: data, as: UTF8.self).split(separator: "\n").map {
            $0.split(separator: " ").compactMap { UInt64($0) }
        }
    }

    private static func rows(_ table: FeatureTable) -> [[UInt64]] {
        (0..<table.rowCount).map { row in
            [UInt64(bitPattern: table.time[row])]
                + (0..<table.width).map { UInt64(table.values[row * table.width + $0].bitPattern) }
        }
    }

    @Test(
        "Binance's captures: features equal a script's of its own book, to the bit", .enabled(if: hasPython),
        arguments: [("binance_usdm_btcusdt_20240808.gz", 6548), ("binance_spot_btcusdt_20240808.gz", 3450)])
    func binance(name: String, events: Int) throws {
        let path = SharedData.path("data/crypto-feed/\(name)")
        let spec = try BookSourceTests.spec(
            #""mid": "mid", "spread": "spread", "#
                + #""imbalance": "(bid_size(1) - ask_size(1)) / (bid_size(1) + ask_size(1))", "#
                + #""deep": "queue_imbalance(5)", "a5": "ask_price(5)""#, levels: 5)
        let table = try BookSourceTests.table(path, spec)
        let peer = try BookSourceTests.python(BookSourceTests.binanceScript, path)
        #expect(table.rowCount == events && table.instruments == ["BTCUSDT"])
        #expect(BookSourceTests.rows(table) == peer)
    }

    private static let binanceScript = """
        import gzip, json, struct, sys
        def bits(x): return struct.unpack('<I', struct.pack('<f', x))[0]
        spot = 'spot' in sys.argv[1]
        dp, ds = (8, 8) if spot else (2, 3)
        book = {'b': {}, 'a': {}}
        out = open(sys.argv[2], 'w')
        def ints(text, d):
            whole, _, part = text.partition('.')
            return int(whole + part.ljust(d, '0'))
        def put(bids, asks):
            for side, levels in (('b', bids), ('a', asks)):
                for p, q in levels:
                    p, q = ints(p, dp), ints(q, ds)
                    if q: book[side][p] = q
                    else: book[side].pop(p, None)
        def show(time):
            b = sorted(book['b'], reverse=True)[:5]
            a = sorted(book['a'])[:5]
            P, S = 1 / 10 ** dp, 1 / 10 ** ds
            bs = [book['b'][p] * S for p in b]; az = [book['a'][p] * S for p in a]
            mid = (a[0] * P + b[0] * P) / 2
            B = A = 0.0
            for x, y in zip(bs, az): B += x; A += y
            row = [mid, a[0] * P - b[0] * P, (bs[0] - az[0]) / (bs[0] + az[0]), (B - A) / (B + A), a[4] * P]
            out.write(' '.join([str(time)] + [str(bits(x)) for x in row]) + '\\n')
        early, last, start = [], None, None
        def apply(d):
            global last
            first = last is None
            if first:
                if (d['u'] <= start) if spot else (d['u'] < start): return
                assert d['U'] <= start + (1 if spot else 0)
            else:
                assert (d['U'] == last + 1) if spot else (d['pu'] == last)
            last = d['u']
            put(d['b'], d['a'])
            show(d.get('T', d['E']) * 1000000)
        for line in gzip.open(sys.argv[1], 'rt'):
            received, text = line.split(' ', 1)
            m = json.loads(text)
            if 'lastUpdateId' in m:
                start = m['lastUpdateId']
                put(m['bids'], m['asks'])
                show(m['T'] * 1000000 if 'T' in m else int(received))
                for d in early: apply(d)
            elif m['data'].get('e') == 'depthUpdate':
                if start is None: early.append(m['data'])
                else: apply(m['data'])
        """

    @Test("Shanghai's five levels: features equal pandas', to the bit, times included", .enabled(if: hasPython))
    func shanghai() throws {
        let path = SharedData.path("data/parquet/rb_20250605.parquet")
        let spec = try BookSourceTests.spec(
            #""mid": "mid", "imbalance": "queue_imbalance(5)", "b5": "bid_price(5)", "#
                + #""flow": "order_flow_imbalance(1)""#,
            levels: 5)
        let table = try BookSourceTests.table(path, spec)
        let peer = try BookSourceTests.python(BookSourceTests.shanghaiScript, path)
        #expect(table.rowCount > 41_000)
        #expect(BookSourceTests.rows(table) == peer)
    }

    private static let shanghaiScript = """
        import sys, numpy as np, pandas as pd
        d = pd.read_parquet(sys.argv[1])
        two = (d.ask1 > d.bid1) & (d.askSize1 > 0) & (d.bidSize1 > 0)
        assert two.all()
        B = sum(d[f'bidSize{i}'].fillna(0) for i in range(1, 6))
        A = sum(d[f'askSize{i}'].fillna(0) for i in range(1, 6))
        p = d.shift(1)
        flow = ((d.bid1 >= p.bid1) * d.bidSize1 - (d.bid1 <= p.bid1) * p.bidSize1
                - (d.ask1 <= p.ask1) * d.askSize1 + (d.ask1 >= p.ask1) * p.askSize1)
        cols = [(d.ask1 + d.bid1) / 2, (B - A) / (B + A), d.bid5.where(d.bidSize5 > 0), flow]
        bits = [c.to_numpy().astype(np.float32).view(np.uint32) for c in cols]
        ok = np.isfinite(np.array([c.to_numpy() for c in cols])).all(axis=0)
        time = d.epochTime.to_numpy() * 1000
        # A new stretch begins with the first row and wherever time runs backward; it has no flow yet.
        first = np.r_[True, time[1:] < time[:-1]]
        with open(sys.argv[2], 'w') as out:
            for i in np.flatnonzero(ok & ~first):
                out.write(' '.join(map(str, [time[i]] + [int(b[i]) for b in bits])) + '\\n')
        """
}

extension MarketSpec {
    /// Around the clock in UTC.
    fileprivate static var always: MarketSpec {
        (try? MarketSpec(JSONParser.parse(#"{"zone": "UTC", "calendar": "always"}"#))) ?? MarketSpec()
    }
}
