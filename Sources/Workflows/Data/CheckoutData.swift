package import Basics
package import DataVersioning

/// Pointers and locks in; a workspace that holds what they say, from the cache, out.
package enum CheckoutData {
    package struct Change: Sendable, Equatable {
        /// Relative to the workspace; directories end in `/`.
        package let path: String
        /// `A` added, `M` modified, `D` deleted.
        package let kind: String
    }

    package struct Problem: Sendable {
        /// Relative to the workspace.
        package let path: String
        package let error: any UserFacingError
    }

    package struct Outcome: Sendable {
        package var changes: [Change] = []
        /// What could not be had; everything else was checked out all the same.
        package var problems: [Problem] = []

        /// The first problem as an error that names its path.
        package var failure: Failure? {
            problems.first.map {
                Failure(
                    $0.error.code, "\($0.path): \($0.error.message)", hint: $0.error.hint,
                    exitStatus: $0.error.exitStatus)
            }
        }
    }

    /// - Parameters:
    ///   - targets: pointers, data or directories; everything when empty.
    ///   - isForced: whether changes that are not in the cache may be overwritten.
    ///   - isRelinking: whether to make links anew, after `cache.type` was changed.
    package static func run(
        _ targets: [String] = [], isForced: Bool = false, isRelinking: Bool = false, in workspace: Workspace,
        progress: TransferProgress? = nil, onWait: (String) -> Void = { _ in }
    ) throws -> Outcome {
        let data = try Uncached.pushed(try workspace.trackedData(targets), workspace: workspace)
            .filter { !$0.entry.md5.isEmpty }
        var outcome = Outcome()
        try workspace.changing(data.map { "\(workspace.root)/\($0.path)" }, command: "hftml checkout", onWait: onWait) {
            for item in data {
                do {
                    let change = try workspace.checkOut(
                        item.entry, to: "\(workspace.root)/\(item.path)", isForced: isForced, isRelinking: isRelinking,
                        progress: progress)
                    if change != .unchanged {
                        outcome.changes.append(
                            Change(path: item.entry.isDirectory ? item.path + "/" : item.path, kind: change.rawValue))
                    }
                } catch let error as any UserFacingError {
                    outcome.problems.append(Problem(path: item.path, error: error))
                }
            }
            try workspace.hashes.save()
        }
        return outcome
    }
}
