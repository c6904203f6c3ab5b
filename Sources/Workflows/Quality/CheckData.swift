package import Basics
import ConfigurationFiles
import DataQuality
import MarketData
import Registry

/// Raw data and a suite in, a quality report out. The report names the data by digest, so a later stage can insist on
/// it.
package enum CheckData {
    /// - Parameters:
    ///   - data: files or directories of bars.
    ///   - saved: where the verdict goes with the digest of the data, for later stages; nil to save nothing.
    ///   - session: nil outside a workspace, where nothing can be saved.
    package static func run(
        suite suitePath: String, data: [String], market marketPath: String?, saved: String? = nil, session: Session?,
        progress: (Double) -> Void = { _ in }
    ) throws -> CheckReport {
        let suite = try QualitySuite(try YAMLFile.read(suitePath))
        let market = try marketPath.map { try MarketSpec(try YAMLFile.read($0)) } ?? MarketSpec()
        var checker = try QualityChecker(suite, market: market)
        func shown(_ path: String) -> String { session?.shown(path) ?? path }
        var paths: [String] = [], known: Set<String> = []
        for path in try data.flatMap({ try BarReader.files(at: $0, passesOver: true) })
        where known.insert(path).inserted {
            paths.append(path)
        }
        let files = try RecordedInstruments.files(paths, session: session)
        for (index, file) in paths.enumerated() {
            try checker.check(file, shownAs: shown(file), of: files)
            progress(Double(index + 1) / Double(paths.count))
        }
        let report = try checker.report(
            subject: data.map(shown).joined(separator: ", "),
            passedOver: try data.flatMap { try others(at: $0, than: known) }.map(shown),
            absent: try data.flatMap { path in
                try session.map { try WholeData.absences(at: path, session: $0) } ?? []
            }.flatMap(\.absent))
        if let saved, let session { try save(report, data: data, to: saved, session: session) }
        return report
    }

    /// Files of a directory that are not read as bars. What tools keep beside data (hidden files, pointers, where data
    /// comes from) is no data.
    private static func others(at path: String, than read: Set<String>) throws -> [String] {
        guard Paths.isDirectory(path) else { return [] }
        return try Paths.files(below: path).filter { file in
            !file.split(separator: "/").contains { $0.hasPrefix(".") } && !file.hasSuffix(".dvc")
                && !BarReader.isCompanion(file)
        }.map { Paths.join(path, $0) }.filter { !read.contains($0) }
    }

    /// Writes the report with the digest of what was checked, and records it.
    package static func save(_ report: CheckReport, data: [String], to path: String, session: Session) throws {
        var document = report.json
        document[key: "data"] = .strings(try data.map { try DataIdentity($0, session: session).digest })
        let text = document.text(.pretty) + "\n"
        try AtomicFile.write(text, to: path)
        try session.registry().link(
            try data.map { try DataIdentity($0, session: session).node },
            to: node(path: path, text: text, isPassed: report.isPassed, session: session))
    }

    private static func node(path: String, text: String, isPassed: Bool, session: Session) -> LineageNode {
        .qualityReport(text: text, path: session.shown(path), isPassed: isPassed)
    }

    /// The report's node, if it passed and speaks of exactly this data.
    ///
    /// - Throws: ``Failure`` with exit status 2 (refused): training on data that failed its check does not happen.
    static func requirePassed(_ path: String, data: DataIdentity, session: Session) throws -> LineageNode {
        let text = try FileChunks.text(path)
        let report = try JSONParser.parse(text, file: path)
        guard let passed = report[key: "passed"]?.boolValue, let digests = report[key: "data"]?.listValue else {
            throw Failure(
                "check.format", "found no quality report in '\(path)'",
                hint: "make one with: hftml check SUITE DATA -o FILE")
        }
        guard digests.contains(where: { $0.stringValue == data.digest }) else {
            throw Failure(
                "check.other-data", "the quality report '\(path)' is about other data than '\(data.label)' holds now",
                hint: "check the data again", exitStatus: .refused)
        }
        guard passed else {
            throw Failure(
                "check.failed", "the data in '\(data.label)' failed its quality check",
                hint: "see the failed expectations in '\(path)'",
                exitStatus: .refused)
        }
        return node(path: path, text: text, isPassed: passed, session: session)
    }
}
