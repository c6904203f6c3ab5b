import Basics
package import MarketData

/// Files and directories of market data in, canonical tables with provenance out.
package enum ImportFiles {
    /// How they are written.
    package struct Options: Sendable {
        /// A file for one input, else a directory.
        package var output: String
        /// Of files whose name is made here.
        package var format = ConvertData.Format.parquet
        /// Which table of each file; its main one by default.
        package var table: CanonicalKind?
        /// A file for each instrument.
        package var isEachInstrument = false
        /// Whether to write over files that are no earlier outputs.
        package var isForced = false

        /// A file for each input, as Parquet.
        package init(output: String) { self.output = output }
    }

    /// What was written, and what was not.
    package struct Outcome: Sendable, Equatable {
        package let imported: [Imported]
        /// Files that opened and could not be read to their end: nothing of them was written.
        package let failed: [Failed]
    }

    /// One input.
    package struct Imported: Sendable, Equatable {
        package let source: String
        package let result: ConvertData.Outcome
    }

    /// One input that was not written.
    package struct Failed: Sendable, Equatable {
        package let source: String
        package let code: String
        package let reason: String
    }

    /// An input and where it goes.
    private struct Job {
        let source: String
        /// A file, or the directory of its instruments.
        let output: String
    }

    /// - Throws: ``Failure`` with code `data.import-files` where any input cannot be opened, with all reasons: nothing
    ///   is written then; with code `usage.data-format` for outputs of one name; with code `data.exists` for what lies
    ///   where a file would be written.
    package static func run(
        _ paths: [String], known: KnownOfData, options: Options, progress: (Double) -> Void = { _ in }
    ) throws -> Outcome {
        let jobs = try jobs(paths, options)
        try requireOpen(jobs, known, options)
        var imported: [Imported] = [], failed: [Failed] = []
        for (index, job) in jobs.enumerated() {
            do {
                let result =
                    options.isEachInstrument
                    ? try ConvertData.eachInstrument(
                        job.source, table: options.table, directory: job.output, format: options.format, known: known,
                        isForced: options.isForced)
                    : try ConvertData.run(
                        job.source, table: options.table, output: job.output, known: known, isForced: options.isForced)
                imported.append(Imported(source: job.source, result: result))
            } catch let error as any UserFacingError {
                failed.append(Failed(source: job.source, code: error.code, reason: reason(error)))
            }
            progress(Double(index + 1) / Double(jobs.count))
        }
        return Outcome(imported: imported, failed: failed)
    }

    private static func reason(_ error: any UserFacingError) -> String {
        error.hint.map { "\(error.message) (\($0))" } ?? error.message
    }

    /// Opens all inputs and looks at all outputs before the first is written.
    private static func requireOpen(_ jobs: [Job], _ known: KnownOfData, _ options: Options) throws {
        var reasons: [String] = [], first: (any UserFacingError)?
        for job in jobs {
            do {
                let found = try ConvertData.find(job.source, options.table, known)
                if let records = found.file.records, records == 0 {
                    throw Failure("data.empty", "found no rows in '\(job.source)', a \(found.file.kindName)")
                }
                guard !options.isEachInstrument else { continue }
                try TableProvenance.requireOwn(job.output, from: job.source, isForced: options.isForced)
            } catch let error as any UserFacingError {
                if first == nil { first = error }
                reasons.append(reason(error))
            }
        }
        guard let first else { return }
        // One file has one reason, which has a code of its own.
        if jobs.count == 1 { throw first }
        throw Failure(
            "data.import-files",
            "found \(reasons.count) of \(jobs.count) files that cannot be imported, and wrote nothing:\n"
                + reasons.map { "- \($0)" }.joined(separator: "\n"),
            hint: "take them out of what is imported, or say what they do not: --zone, --market")
    }

    // MARK: - Names

    private static func jobs(_ paths: [String], _ options: Options) throws -> [Job] {
        var sources: [(path: String, name: String)] = []
        for path in paths {
            guard Paths.exists(path) else { throw FileError("open", path, number: 2) }
            guard Paths.isDirectory(path) else {
                sources.append((path, Paths.name(path)))
                continue
            }
            let files = try Paths.files(below: path).filter { !UnreadFiles.isNoData($0) }
            guard !files.isEmpty else {
                throw Failure("data.no-files", "found no file in '\(path)'", hint: "check the directory")
            }
            sources += files.map { (Paths.join(path, $0), $0) }
        }
        if let job = try single(sources, paths, options) { return [job] }
        guard !Paths.exists(options.output) || Paths.isDirectory(options.output) else {
            throw Failure(
                "usage.data-format", "found the file '\(options.output)' to write \(sources.count) files to",
                hint: "name a directory: -o bars", exitStatus: .usage)
        }
        var owners: [String: String] = [:]
        return try sources.map { path, name in
            let stem = stem(name)
            let isAlone = options.isEachInstrument && sources.count == 1
            let end = options.isEachInstrument ? stem : "\(stem).\(options.format.rawValue)"
            let output = isAlone ? options.output : Paths.join(options.output, end)
            if let other = owners.updateValue(path, forKey: output.lowercased()) {
                throw Failure(
                    "usage.data-format", "found '\(other)' and '\(path)', which would both be written to '\(output)'",
                    hint: "import them apart, each with its own -o", exitStatus: .usage)
            }
            return Job(source: path, output: output)
        }
    }

    /// One file whose output is named as a file.
    private static func single(
        _ sources: [(path: String, name: String)], _ paths: [String], _ options: Options
    ) throws -> Job? {
        guard sources.count == 1, paths == [sources[0].path], !options.isEachInstrument,
            !Paths.isDirectory(options.output), (try? ConvertData.Format(of: options.output)) != nil
        else { return nil }
        return Job(source: sources[0].path, output: options.output)
    }

    private static let packings = [".gz", ".zst", ".bz2", ".zip"]
    private static let endings = [
        ".csv", ".tsv", ".txt", ".json", ".jsonl", ".ndjson", ".parquet", ".parq", ".feather", ".arrow", ".dat",
        ".itch50", ".itch", ".log", ".fix",
    ]

    /// A name without what says how the file is packed and written.
    private static func stem(_ name: String) -> String {
        var name = name
        for list in [packings, endings] {
            let lower = name.lowercased()
            guard let ending = list.first(where: { lower.hasSuffix($0) && name.count > $0.count }) else { continue }
            name.removeLast(ending.count)
        }
        return name
    }
}
