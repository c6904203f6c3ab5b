package import Basics
package import DataVersioning

/// A cache or a remote in; every object of it that is corrupt, out.
package enum VerifyData {
    package struct Problem: Sendable, Equatable {
        package let md5: String
        /// The object's file, absolute.
        package let object: String
        package let problem: String
        /// Data of the workspace that needs the object, relative to the workspace.
        package let usedBy: [String]
        /// Where the whole copy came from that took the object's place; nil where none did.
        package var repairedFrom: String?
    }

    package struct Outcome: Sendable, Equatable {
        package let objects: Int
        package let bytes: Int
        package let problems: [Problem]
        /// The remote's address; nil for the cache.
        package var remote: String?
        /// Files that could not be read to tell who needs an object.
        package var unreadable: [PathProblem] = []

        /// Whether nothing is corrupt any more.
        package var isIntact: Bool { problems.allSatisfy { $0.repairedFrom != nil } }
    }

    /// Hashes every object again, and compares the sizes and counts that pointers state.
    ///
    /// - Parameter removesCorrupt: whether corrupt objects are removed, so that they can be fetched again.
    package static func run(
        removesCorrupt: Bool = false, in workspace: Workspace, progress: TransferProgress? = nil
    ) throws -> Outcome {
        let report = try workspace.verifyCache(isRemoving: removesCorrupt, progress: progress)
        return Outcome(
            objects: report.objects, bytes: report.bytes,
            problems: report.problems.map {
                Problem(md5: $0.md5, object: $0.object, problem: $0.problem, usedBy: $0.usedBy)
            }, unreadable: report.unreadable.map(\.problem))
    }

    /// Hashes every object of a remote again.
    ///
    /// - Parameters:
    ///   - remote: the default remote when nil.
    ///   - repairs: whether corrupt objects are replaced by whole copies from the cache or another remote.
    package static func run(
        remote: String?, repairs: Bool = false, in workspace: Workspace, progress: TransferProgress? = nil
    ) throws -> Outcome {
        let report = try RemoteVerification(workspace, remote: remote).run(isRepairing: repairs, progress: progress)
        return Outcome(
            objects: report.objects, bytes: report.bytes,
            problems: report.problems.map {
                Problem(
                    md5: $0.md5, object: "\(report.url)/\($0.key)", problem: $0.problem, usedBy: $0.usedBy,
                    repairedFrom: $0.repairedFrom)
            }, remote: report.url, unreadable: report.unreadable.map(\.problem))
    }
}
