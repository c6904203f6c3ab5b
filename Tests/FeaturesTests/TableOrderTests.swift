import Basics
import Features
import MarketData
import Tensors
import TestSupport
import Testing

/// Tables are files; what is out of order in them would pass through windows unseen.
@Suite struct TableOrderTests {
    private struct Row {
        var instrument: Int32
        var time: Int64
        var segment: Int32
        var forwardReturn = 0.001
    }

    private static let ordered = [
        Row(instrument: 0, time: 10, segment: 0), Row(instrument: 0, time: 20, segment: 0),
        Row(instrument: 0, time: 40, segment: 1), Row(instrument: 1, time: 10, segment: 2),
        Row(instrument: 1, time: 20, segment: 2),
    ]

    private static func check(_ rows: [Row], names: [String] = ["A", "B"]) throws {
        var table = FeatureTable(
            spec: try FeatureSpec(JSONParser.parse("{\"features\": {\"f\": \"close\"}}")), market: MarketSpec(),
            label: LabelSpec(kind: .forwardReturn, horizon: 1, costBps: 0), source: "")
        table.instruments = names
        for row in rows {
            table.values.append(contentsOf: [1])
            table.time.append(row.time)
            table.instrument.append(row.instrument)
            table.segment.append(row.segment)
            table.forwardReturn.append(row.forwardReturn)
        }
        try table.requireDefined()
    }

    private static func code(_ rows: [Row], names: [String] = ["A", "B"]) -> String? {
        do { try check(rows, names: names) } catch { return (error as? Failure)?.code }
        return nil
    }

    @Test("rows in order pass; reversed, doubled, mixed and shared ones do not")
    func order() throws {
        let good = TableOrderTests.ordered
        try TableOrderTests.check(good)
        #expect(TableOrderTests.code(good.reversed()) == "features.order")
        #expect(TableOrderTests.code(good.flatMap { [$0, $0] }) == "features.order")
        #expect(TableOrderTests.code(good + good) == "features.order")
        #expect(TableOrderTests.code([good[0], good[3], good[1], good[4]]) == "features.order")
        // One segment over two instruments, and one that comes again.
        #expect(TableOrderTests.code(good.map { Row(instrument: $0.instrument, time: $0.time, segment: 0) }) != nil)
        var again = good
        again.insert(Row(instrument: 0, time: 50, segment: 0), at: 3)
        #expect(TableOrderTests.code(again) == "features.order")
        #expect(TableOrderTests.code(good, names: ["A", "A"]) == "features.order")
    }

    @Test("nobody loses more than everything", arguments: [-1, -2, -1.0001])
    func losses(value: Double) {
        var rows = TableOrderTests.ordered
        rows[1].forwardReturn = value
        #expect(TableOrderTests.code(rows) == "features.undefined")
        rows[1].forwardReturn = -0.9999
        #expect(TableOrderTests.code(rows) == nil)
    }
}
