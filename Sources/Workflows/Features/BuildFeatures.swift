package import Basics
import ConfigurationFiles
import Dispatch
package import Features
import Foundation
package import MarketData
import Registry
import Synchronization
import Tensors

/// Raw bars and a feature spec in, one feature table out.
package enum BuildFeatures {
    package struct Outcome: Sendable {
        package var rows: Int
        package var labelledRows: Int
        package var features: [String]
        package var instruments: Int
        package var bars: Int
        /// What became of the bars or events, instrument by instrument.
        package var counts: [RowCounts]
        package var issues: [String]
        /// The market that the bars were read as.
        package var market = MarketSpec()
        /// Whether nobody named a market file.
        package var isMarketAssumed = false
        /// What a reader should know before using the table.
        package var warnings: [String] = []
    }

    /// - Parameters:
    ///   - quality: a report that must have passed on exactly this data.
    ///   - isPartial: whether a part of what is recorded is meant, where no more is here.
    ///   - asOf: the last day that is looked at: bars and corporate actions that were not known by its end are not
    ///   there.
    package static func run(
        spec specPath: String, data: String, market marketPath: String?, quality: String?, output: String, threads: Int,
        isPartial: Bool = false, asOf: CivilDate? = nil, session: Session,
        progress: @Sendable (Double) -> Void = { _ in }
    ) throws -> Outcome {
        let node = try YAMLFile.read(specPath), (spec, label) = try specification(node, path: specPath)
        let read = try marketPath.map { try MarketSpec(try YAMLFile.read($0)) } ?? MarketSpec()
        let adjusted = try adjustedData(read, asOf: asOf, input: spec.input, session: session), market = adjusted.market
        if !isPartial { try WholeData.require(data, session: session) }
        let identity = try DataIdentity(data, session: session)
        var sources = [
            identity.node,
            LineageNode.featureSpec(node, path: session.shown(specPath)),
        ]
        if let node = adjusted.node { sources.append(node) }
        if let quality { sources.append(try CheckData.requirePassed(quality, data: identity, session: session)) }
        let parts: [Part]
        var bookNotes: [String] = []
        switch spec.input {
        case .book:
            let request = BookRequest(levels: spec.levels, market: marketPath == nil ? nil : market)
            let feeds = try BookReader.feeds(at: data, request)
            let tables = try onAll(feeds, threads: threads, progress: progress) {
                try fold($0, spec: spec, market: market, label: label, source: identity.digest)
            }
            bookNotes = zip(feeds, tables).flatMap { $0.notes + ($1.isEmpty ? ["\($0.path): no event of a book"] : []) }
            parts = try inOrder(
                tables.flatMap { $0 }, paths: zip(feeds, tables).flatMap { Array(repeating: $0.path, count: $1.count) })
        default:
            let files = try RecordedInstruments.files(at: data, session: session)
            // Reading is half of the work, folding the other.
            let readings = try onAll(files.paths, threads: threads, progress: { progress($0 / 2) }) { path in
                var reader = try BarReader(market)
                let readings = try files.read(path, &reader)
                for reading in readings {
                    try BarSpacing.require(reading, path: path, market: market, isAssumed: marketPath == nil)
                    try SessionFit.require(reading, path: path, market: market, isAssumed: marketPath == nil)
                }
                return readings.map { (path: path, reading: $0) }
            }.flatMap { $0 }
            let joined = try adjusted.followed(
                files.joined(readings.map { ($0.path, $0.reading.table) }, market: market))
            parts = try onAll(joined, threads: threads, progress: { progress(0.5 + $0 / 2) }) { bars, sources, notes in
                var table = FeatureTable(spec: spec, market: market, label: label, source: identity.digest)
                let counts = try table.append(bars, actions: adjusted.table(bars.instrument))
                return Part(
                    table: table, counts: counts,
                    issues: sources.map { readings[$0].reading }.flatMap { $0.notes + $0.issues.map(\.description) }
                        + notes)
            }
        }
        var table = FeatureTable(spec: spec, market: market, label: label, source: identity.digest)
        for part in parts { table.append(part.table) }
        let counts = counts(of: parts), issues = bookNotes + parts.flatMap(\.issues)
        guard table.rowCount > 0 else {
            throw try ExplainEmptyFeatures.failure(counts, spec: spec, data: data, market: market, session: session)
        }
        try requireUnchanged(identity, at: data, market: market, session: session)
        try table.write(to: output)
        let made = try featuresNode(output, session: session), registry = try session.registry()
        try registry.link(sources, to: made)
        try RecordGround.run(table, features: made.id, registry: registry)
        return Outcome(
            rows: table.rowCount, labelledRows: (0..<table.rowCount).count { !table.move($0).isNaN },
            features: table.featureNames, instruments: table.instruments.count,
            bars: counts.reduce(0) { $0.saturatingPlus($1.read) }, counts: counts, issues: issues, market: market,
            isMarketAssumed: marketPath == nil,
            warnings: marketPath == nil ? unusedMarkets(beside: [specPath, data], session: session) : [])
    }

    /// What became of the bars or events, instrument by instrument; recordings of one follow each other.
    private static func counts(of parts: [Part]) -> [RowCounts] {
        var counts: [RowCounts] = []
        for part in parts {
            if let last = counts.last, last.instrument == part.counts.instrument {
                counts[counts.count - 1].add(part.counts)
            } else {
                counts.append(part.counts)
            }
        }
        return counts
    }

    /// - Throws: ``Failure`` with code `features.changed` for data that changed while it was read, `data.actions` for
    ///   corporate actions that did.
    private static func requireUnchanged(
        _ identity: DataIdentity, at data: String, market: MarketSpec, session: Session
    ) throws {
        guard try identity.digest == DataIdentity(data, session: session).digest else {
            throw Failure(
                "features.changed", "found '\(data)' changed while it was read",
                hint: "run the command again when nobody writes there")
        }
        // By the digest that the market has now.
        _ = try AdjustedData(market, session: session)
    }

    /// - Throws: as ``AdjustedData/init(_:asOf:session:)``; ``Failure`` with code `features.input` for books, which are
    ///   not adjusted.
    private static func adjustedData(
        _ market: MarketSpec, asOf: CivilDate?, input: FeatureSpec.Input, session: Session
    ) throws -> AdjustedData {
        guard input == .bars || market.adjust == nil && asOf == nil else {
            throw Failure(
                "features.input",
                "found \(asOf == nil ? "'adjust'" : "--as-of") for features of input "
                    + "'\(input.rawValue)', expected bars",
                hint: "leave it out: prices of books are used as they were")
        }
        return try AdjustedData(market, asOf: asOf, session: session)
    }

    /// What is computed, and what it is labelled with.
    private static func specification(_ node: JSONValue, path: String) throws -> (FeatureSpec, LabelSpec) {
        let spec = try FeatureSpec(node)
        guard let labelNode = node[key: "label"] else {
            throw ConfigError(
                "found no 'label' in '\(path)'", at: node.mark,
                hint: "add: label: {kind: profit, horizon: 1, costBps: 2}")
        }
        let label = try LabelSpec(labelNode, path: "label")
        guard spec.joined.isEmpty else {
            throw ConfigError(
                "found 'join' among features to be computed", at: node[key: "join"]?.mark,
                hint: "make both tables, then: hftml join LEFT RIGHT --as NAME --max-age AGE -o OUT")
        }
        guard (spec.input == .book) == (label.kind.classes != nil), spec.input != .given, label.kind != .given else {
            throw ConfigError(
                "found the label '\(label.kind.rawValue)' for features of input '\(spec.input.rawValue)'",
                at: labelNode.mark,
                hint: "bars take profit or return; books take smoothed-future, smoothed-both, tlob or triple-barrier")
        }
        return (spec, label)
    }

    /// Market files that nobody named beside the spec or the data: they are not used, and that is said.
    private static func unusedMarkets(beside paths: [String], session: Session) -> [String] {
        let places = paths.flatMap { Paths.isDirectory($0) ? [$0, Paths.parent($0)] : [Paths.parent($0)] }
        var found: [String] = []
        for place in places {
            let file = Paths.join(place, "market.yaml")
            if Paths.exists(file), !found.contains(file) { found.append(file) }
        }
        return found.map { "'\(session.shown($0))' was not used; to use it, add: --market \(session.shown($0))" }
    }

    static func featuresNode(_ path: String, session: Session) throws -> LineageNode {
        .features(try Digest.sha256(file: path), path: session.shown(path))
    }

    private struct Part: Sendable {
        var table: FeatureTable
        var counts: RowCounts
        var issues: [String]
    }

    /// Events of one recording of books, a part for each instrument.
    private static func fold(
        _ feed: any BookFeed, spec: FeatureSpec, market: MarketSpec, label: LabelSpec, source: String
    ) throws -> [Part] {
        var builders: [BookTableBuilder] = []
        try feed.read { instrument, event in
            if instrument.index == builders.count {
                try spec.requireSaid(by: instrument, path: feed.path)
                builders.append(
                    try BookTableBuilder(
                        spec: spec, market: market, label: label, source: source, instrument: instrument.name,
                        priceDecimals: instrument.priceDecimals, sizeDecimals: instrument.sizeDecimals))
            }
            builders[instrument.index].push(event)
        }
        return try builders.map { builder in
            try builder.requireKnown()
            let made = builder.finishCounted()
            return Part(table: made.table, counts: made.counts, issues: [])
        }
    }

    /// Recordings of one instrument beside each other and in order of time.
    ///
    /// - Throws: ``Failure`` with code `data.instrument-files` where two of an instrument overlap.
    private static func inOrder(_ parts: [Part], paths: [String]) throws -> [Part] {
        var members: [String: [Int]] = [:], order: [String] = []
        for (index, part) in parts.enumerated() {
            let name = part.table.instruments.first ?? ""
            if members[name] == nil { order.append(name) }
            members[name, default: []].append(index)
        }
        return try order.flatMap { name in
            let all = members[name] ?? []
            // A recording without a row has no place in time, and none is missed.
            let empty = all.filter { parts[$0].table.rowCount == 0 }
            let sorted = all.filter { parts[$0].table.rowCount > 0 }.sorted {
                (parts[$0].table.time[0], $0) < (parts[$1].table.time[0], $1)
            }
            for (a, b) in zip(sorted, sorted.dropFirst())
            where parts[b].table.time[0] <= (parts[a].table.time.last ?? 0) {
                throw BarFiles.refused(
                    "found events of \(name) at \(TimeText.utc(parts[b].table.time[0])) in both '\(paths[a])' and "
                        + "'\(paths[b])'", "move one of the two out of the data")
            }
            return (sorted + empty).map { parts[$0] }
        }
    }

    /// One source per work item; the result is in order of the sources whatever the threads do.
    private static func onAll<Source: Sendable, Value: Sendable>(
        _ sources: [Source], threads: Int, progress: @Sendable (Double) -> Void,
        _ fold: @Sendable (Source) throws -> Value
    ) throws -> [Value] {
        let results = Mutex<[Int: Result<Value, any Error>]>([:])
        let workers = max(1, min(threads, sources.count))
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            for index in stride(from: worker, to: sources.count, by: workers) {
                let result = Result { try fold(sources[index]) }
                let done = results.withLock {
                    $0[index] = result
                    return $0.count
                }
                progress(Double(done) / Double(sources.count))
            }
        }
        let all = results.withLock { $0 }
        return try sources.indices.map { index in
            guard let result = all[index] else {
                throw Failure("features.internal", "found no result for source \(index)")
            }
            return try result.get()
        }
    }
}
