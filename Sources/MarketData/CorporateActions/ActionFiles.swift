package import Basics
import Foundation
import Tables

/// The corporate actions that a market file names, by instrument, with one digest of all of it.
package struct ActionFiles: Sendable {
    private let spec: AdjustSpec
    private let zone: String
    private let place: String
    /// Files by instrument in small letters.
    private let files: [String: String]
    /// Whose the tickers were; nil where names of files are names of instruments.
    package let tickers: TickerMap?
    /// Of the names and contents of all files.
    package let digest: String

    /// Finds and reads what a market adjusts by.
    ///
    /// - Parameters:
    ///   - market: paths of its key `adjust` are from `root` on.
    ///   - root: of the workspace.
    /// - Returns: nil for a market that adjusts nothing.
    /// - Throws: ``Failure`` with code `data.actions` for a place without files, two files of one instrument, or
    ///   others than the market says that its features were made by; `data.factors`; ``FileError``.
    package init?(_ market: MarketSpec, root: String) throws {
        guard let spec = market.adjust else { return nil }
        (self.spec, zone) = (spec, market.zone)
        var read: [String] = []
        place = spec.actions.map { Paths.join(root, $0) } ?? ""
        files = spec.actions == nil ? [:] : try ActionFiles.index(place)
        for (name, path) in files.sorted(by: { $0.key < $1.key }) {
            read.append("\(name) \(try Digest.sha256(file: path))")
        }
        if let directory = spec.tickers.map({ Paths.join(root, $0) }) {
            tickers = try TickerMap(directory: directory)
            for name in try Paths.files(below: directory).filter({ $0.hasSuffix(".csv") }).sorted() {
                read.append("ticker \(name) \(try Digest.sha256(file: Paths.join(directory, name)))")
            }
        } else {
            tickers = nil
        }
        digest = "sha256:\(Digest.sha256(read.joined(separator: "\n")))"
        if let expected = spec.digest, expected != digest {
            throw Failure(
                "data.actions",
                "found corporate actions at '\(spec.actions ?? spec.tickers ?? "")' that are not those that the "
                    + "features were made by",
                hint: "bring the old ones back, or build the features again: hftml features")
        }
    }

    /// Files of a place by instrument. A directory with lists of actions has no others: bars may lie beside them.
    private static func index(_ place: String) throws -> [String: String] {
        let names = Paths.isDirectory(place) ? try Paths.files(below: place).sorted() : [""]
        let lists = names.filter { $0.hasSuffix(BarReader.actionsSuffix) }
        var found: [String: String] = [:]
        for name in lists.isEmpty ? names.filter({ $0.isEmpty || $0.hasSuffix(".csv") }) : lists {
            let path = name.isEmpty ? place : Paths.join(place, name)
            let instrument = ActionFiles.instrument(path).lowercased()
            if let other = found.updateValue(path, forKey: instrument) {
                throw Failure(
                    "data.actions", "found two files of the actions of '\(instrument)': '\(other)' and '\(path)'",
                    hint: "move one of them away")
            }
        }
        guard !found.isEmpty else {
            throw Failure(
                "data.actions", "found no factor file and no list of actions in '\(place)'",
                hint: "name a directory with files such as aapl.csv or AAPL_1d_actions.csv")
        }
        return found
    }

    private static func instrument(_ path: String) -> String {
        guard path.hasSuffix(BarReader.actionsSuffix) else { return LEANNames.stem(Paths.name(path)) }
        return BarFileName(String(path.dropLast(BarReader.actionsSuffix.count)) + ".csv").instrument
    }

    /// The actions of an instrument.
    ///
    /// - Parameter moment: what became known later is not in the answer.
    /// - Throws: ``Failure`` with code `data.actions` for one without a file where the market file does not allow it;
    ///   as the readers of the files.
    package func table(_ instrument: String, knownAt moment: Nanoseconds = .max) throws -> CorporateActionTable {
        guard let path = files[instrument.lowercased()] else {
            guard spec.missing == .none || spec.actions == nil else {
                throw Failure(
                    "data.actions", "found no corporate actions of '\(instrument)' in '\(place)'",
                    hint: "bring its file, or allow it: adjust: {…, missing: none}")
            }
            return CorporateActionTable(
                instrument: instrument, zone: zone, actions: [], pricesHoldSplits: spec.held == .splits, notes: [])
        }
        var table: CorporateActionTable
        if try ActionFiles.isList(path) {
            table = try ActionListFile.read(
                path, instrument: instrument, zone: zone, pricesHoldSplits: spec.held != AdjustSpec.Held.none)
        } else {
            table = try LEANFactorFile.read(path)
            if spec.held == .splits { table = table.holdingSplits }
        }
        return table.known(at: moment)
    }

    /// A list has the names of its columns above it, a factor file has none.
    private static func isList(_ path: String) throws -> Bool {
        var first = ""
        try CSVScanner.scan(path) { record in if first.isEmpty { first = record.text(0) } }
        return first == "date"
    }
}

extension CorporateActionTable {
    /// The same for prices that are adjusted for splits already.
    var holdingSplits: CorporateActionTable {
        CorporateActionTable(
            instrument: instrument, zone: zone, actions: actions, pricesHoldSplits: true, notes: notes)
    }

    /// The actions that were known at a moment, and the splits that prices hold although they came later: these are
    /// taken out of prices, and count for nothing else.
    package func known(at moment: Nanoseconds) -> CorporateActionTable {
        guard actions.contains(where: { $0.firstKnown > moment }) else { return self }
        return CorporateActionTable(
            instrument: instrument, zone: zone,
            actions: actions.filter { $0.firstKnown <= moment || (pricesHoldSplits && $0.kind == .split) },
            pricesHoldSplits: pricesHoldSplits, notes: notes)
    }
}

extension ActionFiles {
    /// What is taken out of prices.
    package var adjustment: Adjustment { spec.prices }

    /// The market with the digest of what was read, as tables and models carry it.
    package func stamped(_ market: MarketSpec) -> MarketSpec {
        var market = market
        market.adjust?.digest = digest
        return market
    }

    /// Bars by instrument, tickers followed where a map says whose they were.
    ///
    /// - Returns: each with the positions of the tables that it came from.
    /// - Throws: as ``TickerMap/followed(_:)``.
    package func followed(_ tables: [BarTable]) throws -> [(table: BarTable, sources: [Int])] {
        guard let tickers else { return tables.enumerated().map { ($1, [$0]) } }
        return try tickers.followed(tables)
    }

    /// Bars by which money is counted: by instrument, on the level of the first day.
    ///
    /// - Throws: as ``followed(_:)``, ``table(_:knownAt:)`` and ``BarTable/asMoney(_:_:)``.
    package func money(_ tables: [BarTable]) throws -> [BarTable] {
        try followed(tables).map { try $0.table.asMoney(table($0.table.instrument), adjustment) }
    }
}
