import Basics
import Foundation
package import ModelBundles
import Registry
import Tensors

/// A backup in; whether it would bring the project back, and how long that takes, out. Nothing is left.
package enum DrillBackup {
    package struct Step: Sendable {
        package let name: String
        package let seconds: Double
        /// What was found wrong, in words.
        package let problems: [String]
        /// What was looked at, in words.
        package let found: String
    }

    package struct Outcome: Sendable {
        package var manifest: BackupManifest?
        package var steps: [Step] = []
        /// Age of the backup: what would be lost at most, in seconds.
        package var recoveryPoint: Double?
        /// From the first byte read to the verified record, in seconds.
        package var recoveryTime: Double { steps.reduce(0) { $0 + $1.seconds } }
        package var isFine: Bool { steps.allSatisfy(\.problems.isEmpty) }
    }

    /// - Parameter place: where there is room for all of it; the directory for temporary files when nil.
    /// - Throws: ``FileError``; what is wrong with the backup is in the outcome.
    package static func run(
        _ directory: String, number: Int? = nil, keys: [PublicKey] = [], in place: String? = nil, caller: Caller
    ) throws -> Outcome {
        var outcome = Outcome()
        let scratch = Paths.join(
            place.map { Paths.absolute(Paths.resolved($0)) } ?? FileManager.default.temporaryDirectory.path,
            "hftml-drill-\(getpid())-\(UInt32.random(in: 0 ... .max))")
        try Paths.makeDirectory(scratch)
        defer { try? Paths.remove(scratch) }
        var request = RestoreBackup.Request(directory: directory, target: "\(scratch)/workspace")
        (request.number, request.keys) = (number, keys)
        var manifest: BackupManifest?
        outcome.steps.append(
            try step("verify the files") {
                let found = try VerifyBackup.run(directory, keys: keys, at: caller.clock.now())
                manifest = found.newest
                return ("\(found.objects) files, \(found.bytes) bytes, \(found.numbers.count) backups", found.problems)
            })
        outcome.steps.append(
            try step("restore") {
                let restored = try RestoreBackup.run(request, caller: caller)
                manifest = restored.manifest
                return ("\(restored.files) files, \(restored.bytes) bytes", [])
            })
        outcome.manifest = manifest
        guard outcome.isFine, let manifest else { return outcome }
        outcome.recoveryPoint = Double(caller.clock.now().saturatingMinus(manifest.createdAt)) / 1e9
        let session = try RestoreBackup.session(at: request.target, manifest, caller: caller)
        outcome.steps.append(try step("verify registry and log") { try record(manifest, session) })
        outcome.steps.append(try step("read the weights of every version") { try weights(session) })
        return outcome
    }

    private static func step(_ name: String, _ body: () throws -> (found: String, problems: [String])) throws -> Step {
        let start = Clock.monotonic()
        var found = "", problems: [String] = []
        do { (found, problems) = try body() } catch let error as any UserFacingError { problems = [error.message] }
        let seconds = Double(Clock.monotonic() - start) / 1e9
        return Step(name: name, seconds: seconds, problems: problems, found: found)
    }

    /// The record is intact, and the log is the one that the manifest tells of.
    private static func record(_ manifest: BackupManifest, _ session: Session) throws -> (String, [String]) {
        var problems = try VerifyRecord.run(session: session, places: [], withHosts: false)
        let entries = try session.registry().auditEntries()
        if manifest.entries > 0,
            manifest.entries > entries.count || entries[manifest.entries - 1].hash != manifest.tip
        {
            problems.append("found another log than the manifest tells of at entry \(manifest.entries)")
        }
        return ("\(manifest.entries) entries of the log", problems)
    }

    /// Each file is what its version names, and every number in it can be computed with.
    private static func weights(_ session: Session) throws -> (String, [String]) {
        var problems: [String] = [], read = 0
        for version in try session.registry().versions() where !version.weights.isEmpty && version.source.isEmpty {
            do {
                let path = try session.artefacts.verified(version.weights), file = try SafetensorsFile.read(path)
                // A network is put together as a gate would; a policy of an agent has another form.
                if file.metadata["format"] == "hftml-model" { _ = try ModelFile.read(path) }
                for (name, entry) in file.entries.sorted(by: { $0.key < $1.key }) {
                    guard case .float32(let values) = entry.column, values.contains(where: { !$0.isFinite }) else {
                        continue
                    }
                    problems.append("\(version.reference): found a number in '\(name)' that is not finite")
                }
                read += 1
            } catch let error as any UserFacingError { problems.append("\(version.reference): \(error.message)") }
        }
        return ("weights of \(read) versions", problems)
    }
}
