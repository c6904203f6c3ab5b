import Basics
import Tables

/// Bars of a file that holds one answer of Yahoo's chart endpoint.
///
/// Zone and interval are those of the answer. The line of a bar is its position in the answer. Prices and volumes get
/// the decimals that the market says; one that would lose a digit is a faulty row.
struct YahooChartReader: BarFormat {
    static let suffixes: [String] = []

    private let spec: MarketSpec

    init(_ spec: MarketSpec) throws { self.spec = spec }

    static func recognises(_ head: [UInt8]) -> Bool {
        YahooChartFormat.isChart(head)
    }

    mutating func read(_ path: String) throws -> BarReading {
        let chart = try YahooChart.decode(
            try ByteSource.bytes(path, atMost: YahooChartFormat.largest), symbol: BarReader.instrument(of: path))
        var empty = chart.bars
        empty.removeAll()
        (empty.priceDecimals, empty.volumeDecimals) = (spec.priceDecimals, spec.volumeDecimals)
        var collector = BarCollector(empty, path: path)
        for index in 0..<chart.bars.count { add(chart.bars, index, chart.positions[index], &collector) }
        for issue in chart.issues { collector.report(issue) }
        var reading = try collector.finish(mode: spec.mode)
        reading.notes = chart.notes.map { "\(path): \($0)" } + reading.notes
        return reading
    }

    private func add(_ table: BarTable, _ index: Int, _ line: Int, _ out: inout BarCollector) {
        var bar = table[index]
        for (name, cell) in [
            ("open", \Bar.open), ("high", \.high), ("low", \.low), ("close", \.close), ("volume", \.volume),
        ]
            as [(String, WritableKeyPath<Bar, Int64>)]
        {
            let isVolume = name == "volume"
            let from = isVolume ? table.volumeDecimals : table.priceDecimals
            let to = isVolume ? spec.volumeDecimals : spec.priceDecimals
            guard let value = FoundBarsReader.rescale(bar[keyPath: cell], from: from, to: to) else {
                out.report(
                    line, 1,
                    "found '\(FixedPoint.text(bar[keyPath: cell], decimals: from))' in '\(name)', which \(to) decimals "
                        + "do not hold",
                    scale: RowIssue.Scale(key: isVolume ? "volumeDecimals" : "priceDecimals", decimals: from))
                return
            }
            bar[keyPath: cell] = value
        }
        out.append(bar, line: line)
    }
}
