import Basics
package import DataVersioning

/// A cache in; every object of it that is corrupt, out.
package enum VerifyData {
    package struct Problem: Sendable, Equatable {
        package let md5: String
        /// The object's file, absolute.
        package let object: String
        package let problem: String
        /// Data of the workspace that needs the object, relative to the workspace.
        package let usedBy: [String]
    }

    package struct Outcome: Sendable, Equatable {
        package let objects: Int
        package let bytes: Int
        package let problems: [Problem]

        package var isIntact: Bool { problems.isEmpty }
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
            })
    }
}
