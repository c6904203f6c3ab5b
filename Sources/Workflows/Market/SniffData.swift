import Basics
package import MarketData
import Tables

/// Files of market data in, a market file out that says how they are to be read, with what speaks for each line.
package enum SniffData {
    /// What was found.
    package struct Outcome: Sendable, Equatable {
        /// What each file is.
        package let files: [File]
        /// Reads the files as they were found to be.
        package let market: MarketSpec
        /// One a line of the market file that was concluded.
        package let inferences: [Inference]
        /// What was assumed and found out about the files.
        package let notes: [String]
        /// The market file as it is written, evidence in comments.
        package let text: String
    }

    /// One file.
    package struct File: Sendable, Equatable {
        package let path: String
        package let kind: String
        package let rows: Int
    }

    /// - Parameters:
    ///   - paths: files of bars that one market file is to describe, or directories of them.
    ///   - zone: IANA name of the zone of times that name none; found out by default.
    ///   - output: where the market file goes; nil to write none.
    ///   - isForced: whether it may be written over a file that was not sniffed, or was changed since.
    /// - Throws: what the formats say of files that they cannot read; ``Failure`` with code `data.no-bars` for a file
    ///   of something else, with code `data.contradiction` where files contradict each other.
    package static func run(_ paths: [String], zone: String? = nil, output: String?, isForced: Bool = false) throws
        -> Outcome
    {
        var bars = FoundBars(), files: [File] = []
        // Of a directory what lies there as data.
        let all = try paths.flatMap { path in
            guard Paths.isDirectory(path) else { return [path] }
            return try Paths.files(below: path).filter { !UnreadFiles.isNoData($0) }.map { Paths.join(path, $0) }
        }
        for path in all {
            let file = try FoundFiles.find(path, zone: zone)
            guard file.tables.contains(.bars) else {
                throw Failure(
                    "data.no-bars", "found no bars in '\(path)', a \(file.kindName)",
                    hint: "look at what it holds: hftml data head '\(path)'")
            }
            // A zone that is said decides nothing of a file that names its own.
            let isZoneSaid = try zone != nil && FoundFiles.find(path).isZoneAssumed
            let rows = try bars.add(file, path: path, isZoneSaid: isZoneSaid)
            files.append(File(path: path, kind: file.kindName, rows: rows))
        }
        let market = try bars.market(zone: zone)
        let text = MarketText.marked(MarketText.text(market, bars.inferences))
        if let output { try MarketText.write(text, to: output, isForced: isForced) }
        return Outcome(files: files, market: market, inferences: bars.inferences, notes: bars.notes, text: text)
    }
}
