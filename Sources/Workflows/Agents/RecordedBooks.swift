import Backtesting
import MarketData

/// Order books that environments replay, read once.
enum RecordedBooks {
    /// Levels of a side that are kept: what a quote near the best can stand behind.
    private static let levels = 5

    /// - Parameter path: a directory of LOBSTER pairs, or one file of a pair.
    static func read(_ path: String) throws -> [BookRecording] {
        try BookReader.recordings(at: path).map { reader in
            try BookRecording(levels: min(levels, reader.levels)) { try reader.read($0) }
        }
    }
}
