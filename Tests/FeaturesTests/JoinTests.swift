import Basics
import Features
import Foundation
import MarketData
import Tensors
import TestSupport
import Testing

/// Two tables joined as of the time at which rows were known.
@Suite struct JoinTests {
    static let bookSpec = #"{"input": "book", "levels": 1, "features": {"m": "mid", "s": "spread"}}"#

    /// A book whose event i is at second `seconds[i]`, with its mid telling i.
    static func book(_ seconds: [Int64], name: String = "X", delay: Nanoseconds = 0) throws -> FeatureTable {
        var builder = try BookTableBuilder(
            spec: try BookTests.spec(bookSpec), market: MarketSpec(),
            label: BookTests.label(.smoothedFuture, horizon: 1), source: "book", instrument: name, priceDecimals: 2)
        let open = try KnownTimeTests.newYork(CivilDate(year: 2024, month: 6, day: 3), hour: 9, minute: 30)
        for (index, second) in seconds.enumerated() {
            let mid = 1000 + Int64(index)
            [mid + 1, 10, mid - 1, 10].withUnsafeBufferPointer {
                builder.push(
                    BookEvent(
                        time: open + second * KnownTimeTests.second,
                        known: open + second * KnownTimeTests.second + delay, kind: .submission, side: 1, size: 1,
                        price: mid, levels: $0))
            }
        }
        return builder.finish()
    }

    static func minutes(_ count: Int, names: [String] = ["X"]) throws -> FeatureTable {
        let open = try KnownTimeTests.newYork(CivilDate(year: 2024, month: 6, day: 3), hour: 9, minute: 30)
        return try KnownTimeTests.table(
            names.map { name in
                KnownTimeTests.bars(
                    (0..<count).map { open + Int64($0) * KnownTimeTests.minute }, interval: KnownTimeTests.minute,
                    name: name)
            }, #"{"features": {"c": "close", "v": "volume"}}"#, interval: KnownTimeTests.minute)
    }

    private func join(
        _ left: FeatureTable, _ right: FeatureTable, seconds: Int64, _ partner: FeatureJoin.Partner = .sameInstrument
    ) throws -> (table: FeatureTable, counts: [FeatureJoin.Counts]) {
        try FeatureJoin(name: "book", partner: partner, maxAge: seconds * KnownTimeTests.second).join(left, right)
    }

    @Test("a row gets the last row known by then: at the same moment counts, a nanosecond later does not")
    func exact() throws {
        // Minute bars are known at second 60, 120, …: of the first, event 2 at second 60 is the partner.
        let left = try Self.minutes(6)
        let made = try join(left, try Self.book([10, 59, 60, 61, 130, 290]), seconds: 65)
        let table = made.table
        #expect(table.featureNames == ["c", "v", "book.m", "book.s"] && table.width == 4)
        func mids(_ table: FeatureTable) -> [Float] { (0..<table.rowCount).map { table.values[$0 * 4 + 2] } }
        // 60 → second 60; 120 → 61; 180 → 130; 240 is 110 s behind 130: too old; 300 → 290; 360 → 290, 70 s: too old.
        #expect(mids(table) == [10.02, 10.03, 10.04, 10.05])
        #expect(made.counts == [FeatureJoin.Counts(instrument: "X", joined: 4, tooEarly: 0, tooOld: 2)])
        #expect((0..<4).map { table.time[$0] } == [0, 1, 2, 4].map { left.time[$0] })
        // The row that was left out breaks the segment; label and times are the left table's.
        #expect(Array(table.segment) == [0, 0, 0, 1])
        for (row, from) in [0, 1, 2, 4].enumerated() {
            #expect(
                table.forwardReturn[row] == left.forwardReturn[from]
                    && table.end(ofLabelAt: row) == left.end(ofLabelAt: from))
            #expect(table.known(row) == left.known(from) && table.known(labelAt: row) == left.known(labelAt: from))
            #expect(Array(table.values[row * 4..<row * 4 + 2]) == Array(left.values[from * 2..<from * 2 + 2]))
        }
        // Received a nanosecond late, the event of second 60 is not known at 60.
        let late = try join(left, try Self.book([10, 59, 60, 61, 130, 290], delay: 1), seconds: 65)
        #expect(mids(late.table)[0] == 10.01)
        try table.requireDefined()
    }

    @Test("rows before anything was known, instruments without partner, and one series for all")
    func partners() throws {
        let left = try Self.minutes(5, names: ["X", "Y"])
        let book = try Self.book([125, 185, 245, 299])
        let own = try join(left, book, seconds: 1000)
        #expect(own.table.instruments == ["X"] && own.table.rowCount == 3)
        #expect(own.counts.map(\.tooEarly) == [2, 5] && own.counts.map(\.joined) == [3, 0])
        for partner in [FeatureJoin.Partner.instrument("X"), .only] {
            let all = try join(left, book, seconds: 1000, partner)
            #expect(all.table.instruments == ["X", "Y"] && all.table.rowCount == 6)
            #expect(Set(all.table.segment).count == 2)
            #expect(all.counts.allSatisfy { $0.joined == 3 && $0.tooEarly == 2 })
        }
        func code(_ body: () throws -> Void) -> String? { (#expect(throws: Failure.self) { try body() })?.code }
        #expect(code { _ = try join(left, book, seconds: 1000, .instrument("Z")) } == "features.join")
        #expect(
            code { _ = try join(left, try Self.minutes(5, names: ["A", "B"]), seconds: 9, .only) } == "features.join")
        #expect(code { _ = try join(left, try Self.book([900, 901]), seconds: 1000) } == "features.join")
        #expect(code { _ = try join(left, try Self.book([1, 2], name: "Z"), seconds: 1000) } == "features.join")
        for name in ["", "a.b", "2x", "_x", "ä"] {
            #expect(code { _ = try FeatureJoin(name: name, partner: .only, maxAge: 1) } == "features.join")
        }
        #expect(code { _ = try FeatureJoin(name: "a", partner: .only, maxAge: -1) } == "features.join")
        var older = book
        (older.knownTime, older.labelKnownTime) = ([], [])
        #expect(code { _ = try join(left, older, seconds: 1000) } == "features.join")
        #expect(code { _ = try join(try join(left, book, seconds: 1000).table, book, seconds: 9) } == "features.join")
    }

    @Test("a joined table reads back with both specs, splits as any other, and is refused where one source is read")
    func spec() throws {
        let left = try Self.minutes(120)
        let book = try Self.book((0..<7000).map { $0 })
        let table = try join(left, book, seconds: 2).table
        let directory = try TemporaryDirectory()
        try table.write(to: directory.file("j.safetensors"))
        let read = try FeatureTable.read(directory.file("j.safetensors"))
        #expect(read.spec == table.spec && read.values == table.values && read.featureNames == table.featureNames)
        #expect(read.spec.joined.map(\.spec) == [book.spec] && read.spec.joined[0].maxAge == 2_000_000_000)
        #expect(read.spec.width == 4 && read.spec != left.spec)
        let data = try WindowedDataset(read, window: 5, split: SplitSpec())
        #expect(data.training.count > 50 && data.scaler.mean.count == 4)
        let live = #expect(throws: Failure.self) {
            _ = try FeatureStream(spec: read.spec, market: MarketSpec(), priceDecimals: 4, volumeDecimals: 0)
        }
        #expect(live?.code == "features.join" && live?.message.contains("one source yet") == true)
        #expect(throws: Failure.self) { try read.spec.requireOneSource() }
        // A third source joins the two.
        var join = try FeatureJoin(name: "again", partner: .sameInstrument, maxAge: 2_000_000_000)
        #expect(try join.join(read, book).table.featureNames.suffix(2) == ["again.m", "again.s"])
        join = try FeatureJoin(name: "bars", partner: .sameInstrument, maxAge: 60_000_000_000)
        // The other way round: an event beside the last minute that was over.
        let other = try join.join(book, left).table
        #expect(other.rowCount == 7000 - 60 && other.featureNames == ["m", "s", "bars.c", "bars.v"])
    }

    @Test(
        "minute bars beside the book of the same day, as pandas joins them, to the bit",
        .enabled(
            if: SharedData.isThere && SharedData.client("python3") != nil && SharedData.pythonHas("pandas"),
            "needs the shared data and pandas"))
    func pandas() throws {
        let pair = try #require(
            try LobsterFormat.pairs(at: SharedData.path("data/lobster")).first {
                $0.instrument == "AAPL" && $0.levels == 1
            })
        var builder = try BookTableBuilder(
            spec: try BookTests.spec(
                #"{"input": "book", "levels": 1, "#
                    + #""features": {"q": "queue_imbalance(1)", "r": "log_return(mid, 20)"}}"#),
            market: MarketSpec(), label: BookTests.label(.smoothedFuture, horizon: 20), source: "",
            instrument: "AAPL", priceDecimals: 4)
        var bars = BarTable(instrument: "AAPL", zone: "America/New_York", interval: KnownTimeTests.minute)
        try pair.read { event in
            builder.push(event)
            guard event.tradeSign != 0 else { return }
            let start = event.time - event.time % KnownTimeTests.minute, price = event.price
            if bars.time.last == start {
                let last = bars.count - 1
                bars.high[last] = max(bars.high[last], price)
                bars.low[last] = min(bars.low[last], price)
                bars.close[last] = price
                bars.volume[last] += event.size
            } else {
                bars.append(
                    Bar(time: start, open: price, high: price, low: price, close: price, volume: event.size))
            }
        }
        let left = try KnownTimeTests.table(
            [bars], #"{"features": {"r": "log_return(close, 3)", "v": "log(volume)"}}"#,
            interval: KnownTimeTests.minute)
        let book = builder.finish()
        #expect(left.rowCount > 300 && book.rowCount > 20_000)
        let directory = try TemporaryDirectory()
        // An age that leaves some rows without a partner, and one that leaves none.
        for (index, age) in [Int64(300_000_000), 60_000_000_000].enumerated() {
            let made = try FeatureJoin(name: "book", partner: .sameInstrument, maxAge: age).join(left, book)
            let paths = ["l", "r", "j"].map { directory.file("\($0)\(index).safetensors") }
            for (table, path) in zip([left, book, made.table], paths) { try table.write(to: path) }
            let process = Process(), output = Pipe()
            process.executableURL = URL(fileURLWithPath: try #require(SharedData.client("python3")))
            process.arguments = ["-c", Self.script] + paths + ["\(age)"]
            process.standardOutput = output
            try process.run()
            let text = String(decoding: output.fileHandleForReading.readDataToEndOfFile(), as: UTF8.self)
            process.waitUntilExit()
            let answer = text.trimmingCharacters(in: .whitespacesAndNewlines)
            #expect(answer == "\(made.table.rowCount) equal", "\(answer)")
            #expect(index == 0 ? made.counts[0].tooOld > 0 : made.counts[0].tooOld == 0)
        }
    }

    private static let script = """
        import json, struct, sys
        import numpy as np, pandas as pd
        def read(path):
            data = open(path, "rb").read()
            size = struct.unpack("<Q", data[:8])[0]
            head = json.loads(data[8:8 + size])
            kinds = {"F32": "<f4", "I64": "<i8", "I32": "<i4", "F64": "<f8"}
            out = {}
            for name, entry in head.items():
                if name == "__metadata__": continue
                a, b = entry["data_offsets"]
                raw = data[8 + size + a:8 + size + b]
                out[name] = np.frombuffer(raw, kinds[entry["dtype"]]).reshape(entry["shape"])
            return out
        left, right, joined = (read(path) for path in sys.argv[1:4])
        def frame(table, names):
            out = pd.DataFrame({"known": pd.to_datetime(table["known"])})
            for i, name in enumerate(names): out[name] = table["features"][:, i]
            return out
        a = frame(left, ["a0", "a1"])
        a["time"], a["end"], a["label"] = left["time"], left["label_known"], left["forward_return"]
        b = frame(right, ["b0", "b1"])
        b["there"] = 1.0
        made = pd.merge_asof(a, b, on="known", allow_exact_matches=True, tolerance=pd.Timedelta(int(sys.argv[4]), "ns"))
        made = made[made.there.notna()]
        same = (len(made) == len(joined["time"])
            and (made[["a0", "a1", "b0", "b1"]].to_numpy(np.float32).tobytes() == joined["features"].tobytes())
            and (made.time.to_numpy() == joined["time"]).all() and (made.end.to_numpy() == joined["label_known"]).all()
            and made.label.to_numpy().tobytes() == joined["forward_return"].tobytes())
        print(len(made), "equal" if same else "different")
        """
}
