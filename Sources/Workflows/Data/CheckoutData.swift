package import Basics
package import DataVersioning
import Foundation

/// Pointers and locks in; a workspace that holds what they say, from the cache, out.
package enum CheckoutData {
    package struct Change: Sendable, Equatable {
        /// Relative to the workspace; directories end in `/`.
        package let path: String
        /// `A` added, `M` modified, `D` deleted.
        package let kind: String

        init(_ item: TrackedData, _ change: Workspace.CheckoutChange) {
            let isDirectory = item.entry.isDirectory && item.part == nil
            path = isDirectory ? item.path + "/" : item.meant
            kind = change.rawValue
        }
    }

    package struct Outcome: Sendable {
        package var changes: [Change] = []
        /// What could not be had; everything else was checked out all the same.
        package var problems: [PathProblem] = []

        package init(changes: [Change] = [], problems: [PathProblem] = []) {
            self.changes = changes
            self.problems = problems
        }

        /// The first problem as an error that names its path.
        package var failure: Failure? {
            problems.first?.failure
        }
    }

    /// - Parameters:
    ///   - targets: pointers, data, directories, and parts of tracked directories, of which nothing else is touched;
    ///     everything when empty.
    ///   - conditions: which partitions of directories, as `date>=2024-03`; all must hold. All when empty.
    ///   - isForced: whether changes that are not in the cache may be overwritten.
    ///   - isRelinking: whether to make links anew, after `cache.type` was changed.
    package static func run(
        _ targets: [String] = [], conditions: [String] = [], isForced: Bool = false, isRelinking: Bool = false,
        in workspace: Workspace,
        progress: TransferProgress? = nil, onWait: (String) -> Void = { _ in }
    ) throws -> Outcome {
        let tracked = try TrackedOutputs.of(
            targets, partitions: try PartitionFilter(all: conditions), in: workspace)
        let data = tracked.data.filter { !$0.entry.md5.isEmpty }
        var outcome = Outcome(problems: tracked.unreadable.map(\.problem))
        do {
            try workspace.changing(
                data.map { "\(workspace.root)/\($0.meant)" }, command: "hftml checkout", onWait: onWait
            ) {
                for item in data {
                    do {
                        let change = try workspace.checkOut(
                            item, isForced: isForced, isRelinking: isRelinking, progress: progress)
                        if change != .unchanged { outcome.changes.append(Change(item, change)) }
                    } catch let error as any UserFacingError {
                        outcome.problems.append(PathProblem(item.meant, error))
                    }
                }
                try workspace.hashes.save()
            }
        } catch let error as FileError where [EACCES, EPERM, EROFS].contains(error.number) && !isRelinking {
            // A workspace that may only be read is as it should be, or nothing can be done about it.
            guard try data.allSatisfy({ try workspace.state(of: $0) == .unchanged }) else { throw error }
        }
        return outcome
    }
}
