import Basics
import DataVersioning
import Foundation

/// What stages took when they last ran on this machine: a line each in `.dvc/tmp/hftml-costs`, which no other tool
/// reads and nobody misses when it is gone.
package final class StageCosts {
    /// What a rerun of several stages is expected to take.
    package struct Estimate: Sendable, Equatable {
        package var stages = 0
        package var seconds = 0.0
        /// Read and written.
        package var bytes = 0
        /// Stages that have not run on this machine yet.
        package var unknown = 0
    }

    private struct Cost {
        var seconds: Double
        var bytes: Int
    }

    private let path: String
    private let root: String
    private var known: [String: Cost]?
    private var lines = 0

    init(_ workspace: Workspace) {
        path = "\(workspace.temporary)/hftml-costs"
        root = workspace.root
    }

    private func key(_ stage: Stage) -> String { "\(Paths.relative(stage.file, to: root)):\(stage.name)" }

    /// Damaged lines are passed over.
    private func read() -> [String: Cost] {
        if let known { return known }
        var found: [String: Cost] = [:]
        lines = 0
        for line in ((try? FileChunks.text(path)) ?? "").textLines() {
            lines += 1
            let fields = line.split(separator: "\t", maxSplits: 2).map(String.init)
            guard fields.count == 3, let seconds = Double(fields[0]), seconds.isFinite, seconds >= 0,
                let bytes = Int(fields[1]), bytes >= 0, bytes < 1 << 60
            else { continue }
            found[fields[2]] = Cost(seconds: seconds, bytes: bytes)
        }
        known = found
        return found
    }

    private static func line(_ key: String, _ cost: Cost) -> String { "\(cost.seconds)\t\(cost.bytes)\t\(key)\n" }

    /// Remembers a run; for a partitioned stage, what one of its partitions took.
    func record(_ stage: Stage, seconds: Double, bytes: Int) {
        guard !stage.name.contains(where: \.isNewline) else { return }
        var all = read()
        let cost = Cost(seconds: seconds, bytes: max(0, bytes)), key = key(stage)
        all[key] = cost
        known = all
        lines += 1
        // Written anew when most lines are of earlier runs.
        guard lines > 2 * all.count + 64 else {
            let descriptor = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC | O_NOFOLLOW, 0o644)
            guard descriptor >= 0 else { return }
            let bytes = Array(StageCosts.line(key, cost).utf8)
            _ = write(descriptor, bytes, bytes.count)
            close(descriptor)
            return
        }
        let text = all.sorted { $0.key < $1.key }.map { StageCosts.line($0.key, $0.value) }.joined()
        if (try? AtomicFile.write(text, to: path)) != nil { lines = all.count }
    }

    /// Adds what a stage is expected to take.
    ///
    /// - Parameter partitions: how many would run; nil for a stage that runs as a whole.
    func add(_ stage: Stage, partitions: Int?, to estimate: inout Estimate) {
        estimate.stages += 1
        guard let cost = read()[key(stage)] else {
            estimate.unknown += 1
            return
        }
        let times = partitions ?? 1
        estimate.seconds += cost.seconds * Double(times)
        // Both are bounded when they are read; a sum that leaves 64 bits stays at the largest number.
        let (product, isLarge) = cost.bytes.multipliedReportingOverflow(by: times)
        let (sum, isLarger) = estimate.bytes.addingReportingOverflow(product)
        estimate.bytes = isLarge || isLarger ? .max : sum
    }
}
