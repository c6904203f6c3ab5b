import Backtesting
import Basics
import MarketData
import ReinforcementLearning

/// Order books that environments replay, read once.
enum RecordedBooks {
    /// Levels of a side that are kept: what a quote near the best can stand behind.
    private static let levels = 5

    /// - Parameter path: recordings of books in any format that has them; nil where the task has none.
    /// - Throws: ``ConfigError`` where prices of the recordings have different decimals, errors of the readers.
    static func read(_ path: String?) throws -> EnvironmentFactory.Recordings {
        guard let path else { return EnvironmentFactory.Recordings() }
        var books: [(instrument: BookInstrument, path: String, collector: BookRecording.Collector)] = []
        for feed in try BookReader.feeds(at: path, BookRequest(levels: levels)) {
            let first = books.count
            try feed.read { instrument, event in
                if first + instrument.index == books.count {
                    books.append(
                        (instrument, feed.path, BookRecording.Collector(levels: min(levels, instrument.levels))))
                }
                books[first + instrument.index].collector.add(event)
            }
        }
        let prices = try one(Set(books.map(\.instrument.priceDecimals)), "prices", path)
        let sizes = try one(Set(books.map(\.instrument.sizeDecimals)), "sizes", path)
        return EnvironmentFactory.Recordings(
            books: try books.map { try BookRecording($0.collector) }, priceDecimals: prices, sizeDecimals: sizes)
    }

    private static func one(_ decimals: Set<Int>, _ what: String, _ path: String) throws -> Int {
        guard decimals.count == 1, let only = decimals.first else {
            let found = decimals.isEmpty ? "no" : decimals.sorted().map(String.init).joined(separator: " and ")
            throw ConfigError("found \(what) of \(found) decimals in '\(path)', expected the same in all", at: nil)
        }
        return only
    }
}
