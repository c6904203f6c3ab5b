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
        let sources = try BookReader.recordings(at: path)
        let decimals = Set(sources.map(\.priceDecimals)).sorted()
        guard decimals.count == 1 else {
            let found = decimals.map(String.init).joined(separator: " and ")
            throw ConfigError("found prices of \(found) decimals in '\(path)', expected the same in all", at: nil)
        }
        return EnvironmentFactory.Recordings(
            books: try sources.map { source in
                try BookRecording(levels: min(levels, source.levels)) { try source.read($0) }
            }, priceDecimals: decimals[0])
    }
}
