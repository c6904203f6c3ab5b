import Basics
import ConfigurationFiles
import Dispatch
import Features
import Foundation
import MarketData
import Registry
import Synchronization

/// Raw bars and a feature spec in, one feature table out.
package enum BuildFeatures {
    package struct Outcome: Sendable {
        package var rows: Int
        package var labelledRows: Int
        package var features: [String]
        package var instruments: Int
        package var bars: Int
        package var issues: [String]
    }

    /// - Parameters:
    ///   - quality: a report that must have passed on exactly this data.
    package static func run(
        spec specPath: String, data: String, market marketPath: String?, quality: String?, output: String, threads: Int, project: Project,
        progress: @Sendable (Double) -> Void = { _ in }
    ) throws -> Outcome {
        let node = try YAMLFile.read(specPath)
        let spec = try FeatureSpec(node)
        guard let labelNode = node[key: "label"] else {
            throw ConfigError("found no 'label' in '\(specPath)'", at: node.mark, hint: "add: label: {kind: profit, horizon: 1, costBps: 2}")
        }
        let label = try LabelSpec(labelNode, path: "label")
        let market = try marketPath.map { try MarketSpec(try YAMLFile.read($0)) } ?? MarketSpec()
        let identity = try DataIdentity(data, project: project)
        var sources = [identity.node]
        if let quality { sources.append(try CheckData.requirePassed(quality, data: identity, project: project)) }
        let parts = try foldAll(files: try BarCSVReader.files(at: data), spec: spec, market: market, label: label, source: identity.digest, threads: threads, progress: progress)
        var table = FeatureTable(spec: spec, market: market, label: label, source: identity.digest)
        var bars = 0
        var issues: [String] = []
        for part in parts {
            table.append(part.table)
            bars += part.bars
            issues += part.issues
        }
        guard table.rowCount > 0 else {
            throw Failure("features.empty", "found no bar in '\(data)' with all features defined", hint: "check hours, warm-up and the market spec")
        }
        try table.write(to: output)
        try project.registry().link(sources, to: try featuresNode(output, project: project))
        return Outcome(
            rows: table.rowCount, labelledRows: table.forwardReturn.count { !$0.isNaN }, features: table.featureNames, instruments: table.instruments.count,
            bars: bars, issues: issues)
    }

    static func featuresNode(_ path: String, project: Project) throws -> LineageNode {
        LineageNode(.features, id: "sha256:\(try Digest.sha256(file: path))", label: project.shown(path))
    }

    private struct Part: Sendable {
        var table: FeatureTable
        var bars: Int
        var issues: [String]
    }

    /// One file per work item; the result is in file order whatever the threads do.
    private static func foldAll(
        files: [String], spec: FeatureSpec, market: MarketSpec, label: LabelSpec, source: String, threads: Int, progress: @Sendable (Double) -> Void
    ) throws -> [Part] {
        let results = Mutex<[Int: Result<Part, any Error>]>([:])
        let workers = max(1, min(threads, files.count))
        DispatchQueue.concurrentPerform(iterations: workers) { worker in
            for index in stride(from: worker, to: files.count, by: workers) {
                let result = Result<Part, any Error> {
                    var reader = try BarCSVReader(market)
                    let reading = try reader.read(files[index])
                    var table = FeatureTable(spec: spec, market: market, label: label, source: source)
                    try table.append(reading.table)
                    return Part(table: table, bars: reading.table.count, issues: reading.notes + reading.issues.map(\.description))
                }
                let done = results.withLock {
                    $0[index] = result
                    return $0.count
                }
                progress(Double(done) / Double(files.count))
            }
        }
        let all = results.withLock { $0 }
        return try files.indices.map { index in
            guard let result = all[index] else { throw Failure("features.internal", "found no result for '\(files[index])'") }
            return try result.get()
        }
    }
}
