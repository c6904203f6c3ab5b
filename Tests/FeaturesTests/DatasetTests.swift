import Basics
import Features
import MarketData
import Tensors
import TestSupport
import Testing

@Suite struct ScalerTests {
    static func table(_ columns: [[Float]]) throws -> FeatureTable {
        let names = columns.indices.map { "\"f\($0)\": \"close\"" }.joined(separator: ", ")
        var table = FeatureTable(
            spec: try FeatureSpec(JSONParser.parse("{\"features\": {\(names)}}")), market: MarketSpec(),
            label: LabelSpec(kind: .forwardReturn, horizon: 1, costBps: 0), source: "")
        table.instruments = ["A"]
        for row in columns[0].indices {
            table.values.append(contentsOf: columns.map { $0[row] })
            table.time.append(Int64(row * 10))
            table.instrument.append(0)
            table.segment.append(0)
            table.forwardReturn.append(0.001)
        }
        return table
    }

    @Test("mean and deviation of the given rows alone, with the times they cover")
    func fits() throws {
        let table = try ScalerTests.table([[100, 1, 3, 5, 100], [7, 2, 2, 2, 7], [0, 4, 5, 9, 0]])
        let scaler = Scaler(fitting: table, rows: [1..<2, 2..<4], unscaled: [2])
        // Deviation of 1, 3, 5 around 3 with 1/n: √(8/3). A constant is only centred.
        #expect(scaler.mean == [3, 2, 0] && scaler.inverseDeviation[1] == 1 && scaler.inverseDeviation[2] == 1)
        #expect(abs(scaler.inverseDeviation[0] - Float((3.0 / 8).squareRoot())) < 1e-7)
        #expect(scaler.from == 10 && scaler.to == 30 && scaler.rows == 3 && scaler.unscaled == [2] && scaler.clip == 8)
        let none = Scaler(fitting: table, rows: [])
        #expect(none.rows == 0 && none.from == 0 && none.to == 0 && none.inverseDeviation == [1, 1, 1])
    }

    @Test("scales, clips on both sides, and leaves the unscaled alone, in place and not")
    func applies() throws {
        let text =
            #"{"mean": [1, 0], "inverseDeviation": [2, 1], "clip": 3, "#
            + #""fittedFrom": 5, "fittedTo": 9, "rows": 4, "unscaled": [1]}"#
        let scaler = try Scaler(JSONParser.parse(text))
        let rows: [Float] = [2, 50, -7, -50, 9, 0.5]
        var out = [Float](repeating: 0, count: 6)
        scaler.apply(rows: 3, from: rows, to: &out)
        #expect(out == [2, 50, -3, -50, 3, 0.5])
        var one: [Float] = [2, 50]
        scaler.apply(&one)
        #expect(one == [2, 50])
        #expect(try Scaler(scaler.json) == scaler)
        var all = Scaler(identity: 2)
        #expect(all.unscaled == [0, 1] && all.mean == [0, 0])
        all.unscaled = []
        var plain: [Float] = [20, -20]
        all.apply(&plain)
        #expect(plain == [8, -8] && all.json[key: "unscaled"] == nil)
    }

    @Test(
        "a malformed scaler is refused",
        arguments: [
            ("mean", "[1, 2]"), ("mean", #"["x"]"#), ("clip", "0"), ("clip", "null"), ("rows", "-1"),
            ("unscaled", "[1]"), ("unscaled", "[-1]"), ("fittedFrom", "null"), ("fittedTo", "1.5"), ("men", "[1]"),
        ])
    func refuses(key: String, value: String) throws {
        let text =
            #"{"mean": [1], "inverseDeviation": [1], "clip": 8, "fittedFrom": 0, "fittedTo": 0, "rows": 0, "#
            + #""unscaled": []}"#
        var node = try JSONParser.parse(text)
        #expect(try Scaler(node).mean == [1])
        node[key: key] = try JSONParser.parse(value)
        #expect(throws: ConfigError.self) { try Scaler(node) }
    }
}

@Suite struct WindowedDatasetTests {
    /// One instrument, 100 rows, labels everywhere.
    static func table(segments: [Int] = [100], horizon: Int = 1) throws -> FeatureTable {
        var table = try ScalerTests.table([(0..<100).map { Float($0) }])
        table.label = LabelSpec(kind: .forwardReturn, horizon: horizon, costBps: 0)
        var row = 0
        var segment: [Int32] = []
        for (index, count) in segments.enumerated() {
            segment += [Int32](repeating: Int32(index), count: count)
            row += count
        }
        table.segment = Column(segment)
        return table
    }

    @Test("windows end where a whole one fits into the segment, and where a label is if one is asked for")
    func ends() throws {
        var table = try WindowedDatasetTests.table(segments: [3, 90, 7])
        #expect(Array(WindowedDataset.ends(table, window: 5)) == Array(7...92) + [97, 98, 99])
        table.forwardReturn = Column((0..<100).map { $0 == 8 ? .nan : 0.001 })
        #expect(Array(WindowedDataset.ends(table, window: 5)) == [7] + Array(9...92) + [97, 98, 99])
        #expect(WindowedDataset.ends(table, window: 5, labelled: false).count == 89)
        #expect(Array(WindowedDataset.ends(table, window: 1).prefix(2)) == [0, 1])
    }

    @Test("shorter windows that keep to the samples of a longer one have the same ones, in every split")
    func longestWindow() throws {
        let table = try WindowedDatasetTests.table(segments: [31, 29, 40], horizon: 2)
        for kind in [SplitKind.time, .walkForward, .purgedKFold] {
            var split = SplitSpec(kind: kind, test: 0.2, validation: 0.25, folds: 3, fold: 1)
            let own = try WindowedDataset(table, window: 2, split: split)
            split.longestWindow = 8
            let longest = try WindowedDataset(table, window: 8, split: split)
            for window in [1, 2, 5] {
                let data = try WindowedDataset(table, window: window, split: split)
                #expect(data.window == window && Array(data.training) == Array(longest.training), "\(kind.rawValue)")
                #expect(Array(data.validation) == Array(longest.validation) && Array(data.test) == Array(longest.test))
            }
            // Without it the first samples of each segment are in, and the cuts lie elsewhere.
            #expect(Array(own.validation) != Array(longest.validation))
            #expect(try SplitSpec(split.json, path: "split") == split)
        }
    }

    @Test("as of a moment no part has a sample whose label was not known, and the shares are of those that were")
    func asOf() throws {
        var table = try WindowedDatasetTests.table(horizon: 3)
        table.market.interval = 10
        // The label of row 49 reads bar 52, which is over when bar 53 begins.
        let known = TimeText.utc(table.time[53])
        var split = SplitSpec(test: 0.2, validation: 0.25)
        split.asOf = known
        let data = try WindowedDataset(table, window: 1, split: split)
        let rows = Array(data.training) + Array(data.validation) + Array(data.test)
        #expect(Array(data.test) == Array(40...49) && rows.allSatisfy { $0 <= 49 })
        #expect(try SplitSpec(split.json, path: "split") == split)
        split.asOf = "1969-12-31"
        #expect(
            #expect(throws: Failure.self) { try WindowedDataset(table, window: 1, split: split) }?.code
                == "features.no-samples")
        #expect(throws: ConfigError.self) {
            try SplitSpec(JSONValue.map(["asOf": .string("March")]), path: "split")
        }
    }

    @Test("shares of test and validation, purged by the horizon on both borders")
    func shares() throws {
        let table = try WindowedDatasetTests.table(horizon: 3)
        let data = try WindowedDataset(table, window: 1, split: SplitSpec(test: 0.2, validation: 0.25))
        // Test: 80 … 99. Training times: 0 … 76; a quarter, 19 of 77, validates from 58 on; 54 is the last whose label
        // ends before.
        #expect(Array(data.test) == Array(80...99) && Array(data.validation) == Array(58...76))
        #expect(Array(data.training) == Array(0...54))
        #expect(data.scaler.rows == 55 && data.scaler.to == 540 && data.target(3) == 10)
        #expect(data.classCounts.isEmpty)
    }

    @Test("a reserved share at the end is seen by no part, nor reached by a label")
    func reserved() throws {
        let table = try WindowedDatasetTests.table(horizon: 2)
        let data = try WindowedDataset(table, window: 1, split: SplitSpec(test: 0.2, validation: 0.2), reserved: 0.1)
        // Ten times and the horizon are cut off: 88 are left.
        #expect(data.test.last == 87 && data.test.first == 88 - 18)
    }

    @Test("stated positions, a stride, and features that stay unscaled")
    func positions() throws {
        let table = try WindowedDatasetTests.table()
        let chosen = WindowedDataset.Positions(training: Array(0..<60), tests: [70..<75, 90..<95])
        let data = try WindowedDataset(
            table, window: 2, split: SplitSpec(validation: 0.2), trainingStride: 4, unscaled: ["f0"], positions: chosen)
        // Position p is row p + 1, since the first window ends at row 1.
        #expect(Array(data.test) == Array(71...75) + Array(91...95))
        #expect(Array(data.training.prefix(3)) == [1, 5, 9] && data.scaler.unscaled == [0])
        let error = #expect(throws: Failure.self) {
            try WindowedDataset(table, window: 2, split: SplitSpec(), unscaled: ["f1"])
        }
        #expect(error?.code == "features.unknown" && error?.hint == "did you mean 'f0'?")
    }

    @Test("no part may be empty")
    func empty() throws {
        let table = try WindowedDatasetTests.table()
        let error = #expect(throws: Failure.self) { try WindowedDataset(table, window: 101, split: SplitSpec()) }
        #expect(error?.code == "features.no-samples" && error?.message.contains("windows of 101 rows") == true)
        let none = WindowedDataset.Positions(training: Array(0..<50), tests: [])
        #expect(throws: Failure.self) {
            try WindowedDataset(table, window: 1, split: SplitSpec(), positions: none)
        }
    }

    @Test("the times of two instruments are cut at the same moment")
    func instruments() throws {
        var table = try WindowedDatasetTests.table(), other = try WindowedDatasetTests.table()
        other.time = Column((0..<100).map { Int64($0 * 10 + 5) })
        other.instruments = ["B"]
        table.append(other)
        #expect(table.rowCount == 200 && table.instrument[150] == 1 && table.segment[150] == 1)
        let times = WindowedDataset.distinctTimes(table, WindowedDataset.ends(table, window: 1))
        #expect(times.count == 200 && zip(times, times.dropFirst()).allSatisfy { $0 < $1 })
        let data = try WindowedDataset(table, window: 1, split: SplitSpec(test: 0.5, validation: 0.2))
        let last = data.training.map { table.time[$0] }.max() ?? 0, first = data.test.map { table.time[$0] }.min() ?? 0
        #expect(last < first && Set(data.test.map { table.instrument[$0] }) == [0, 1] && data.test.count == 100)
    }
}

@Suite struct FeatureTableFileTests {
    @Test("what is no feature table is refused with the path")
    func refuses() throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("x.safetensors")
        var file = SafetensorsFile()
        file.set("features", shape: [0, 1], .float32([]))
        file.metadata = ["format": "other"]
        try file.write(to: path)
        let error = #expect(throws: Failure.self) { try FeatureTable.read(path) }
        #expect(error?.code == "features.format" && error?.message.contains(path) == true)
    }

    @Test(
        "columns of another length are refused",
        arguments: ["features", "time", "instrument", "segment", "forward_return", "label_move", "spread_bps"])
    func lengths(name: String) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("x.safetensors")
        var table = try WindowedDatasetTests.table()
        table.labelMove = Column([Double](repeating: 2, count: 100))
        table.spreadBps = Column([Float](repeating: 3, count: 100))
        try table.write(to: path)
        #expect(try FeatureTable.read(path).rowCount == 100)
        var file = try SafetensorsFile.read(path)
        switch name {
        case "features": file.set(name, shape: [99, 1], .float32([Float](repeating: 0, count: 99)))
        case "time": file.set(name, shape: [99], .int64([Int64](repeating: 0, count: 99)))
        case "instrument", "segment": file.set(name, shape: [99], .int32([Int32](repeating: 0, count: 99)))
        case "spread_bps": file.set(name, shape: [99], .float32([Float](repeating: 0, count: 99)))
        default: file.set(name, shape: [99], .float64([Double](repeating: 0, count: 99)))
        }
        try file.write(to: path)
        #expect(throws: Failure.self) { try FeatureTable.read(path) }
    }

    @Test("an instrument that the table does not name is refused", arguments: [Int32(1), -1])
    func instruments(index: Int32) throws {
        let directory = try TemporaryDirectory()
        let path = directory.file("x.safetensors")
        var table = try WindowedDatasetTests.table()
        table.instrument = Column((0..<100).map { $0 == 5 ? index : 0 })
        try table.write(to: path)
        #expect(throws: Failure.self) { try FeatureTable.read(path) }
    }

    @Test("a table without books has the return as its move and no spread")
    func moves() throws {
        var table = try WindowedDatasetTests.table()
        #expect(table.move(4) == 0.001 && table.spread(4) == 0)
        table.labelMove = Column([Double](repeating: 2, count: 100))
        table.spreadBps = Column([Float](repeating: 3, count: 100))
        #expect(table.move(4) == 2 && table.spread(4) == 3)
        let directory = try TemporaryDirectory()
        try table.write(to: directory.file("t"))
        let read = try FeatureTable.read(directory.file("t"))
        #expect(read.move(99) == 2 && read.spread(99) == 3 && read.instruments == ["A"])
    }
}
