import Basics

/// Bars of a file that holds one answer of Yahoo's chart endpoint.
///
/// Zone and interval are those of the answer. The line of a bar is its position in the answer.
struct YahooChartReader: BarFormat {
    static let suffixes: [String] = []

    private let spec: MarketSpec

    init(_ spec: MarketSpec) throws { self.spec = spec }

    static func recognises(_ head: [UInt8]) -> Bool {
        let text = String(decoding: head.filter { $0 > 0x20 }.prefix(9), as: UTF8.self)
        return text == "{\"chart\":"
    }

    mutating func read(_ path: String) throws -> BarReading {
        let chart = try YahooChart.decode(
            try FileChunks.bytes(path), symbol: BarReader.instrument(of: path), priceDecimals: spec.priceDecimals)
        var empty = chart.bars
        empty.removeAll()
        var collector = BarCollector(empty, path: path)
        for index in 0..<chart.bars.count { collector.append(chart.bars[index], line: index + 1) }
        for issue in chart.issues { collector.report(issue) }
        return try collector.finish(mode: spec.mode)
    }
}
