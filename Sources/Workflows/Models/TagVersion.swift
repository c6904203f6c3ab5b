import Basics
import DataVersioning
import Registry

/// A version in; Git tags in GTO's form at the commit of its run, out.
///
/// GTO writes `NAME@v1.2.0` for a release and `NAME#STAGE#N` for the N-th time that something is put in a stage; the
/// highest N is in force.
package enum TagVersion {
    package struct Outcome: Sendable, Equatable {
        /// Tags that were made; empty where all were there.
        package let tags: [String]
        package let commit: String
    }

    package static func run(_ reference: String, release: String? = nil, stage: String? = nil, session: Session) throws
        -> Outcome
    {
        let registry = try session.registry(), version = try RegisterModel.version(reference, session: session)
        guard let repository = try GitRepository.around(session.root) else {
            throw Failure("git.none", "found no Git repository around '\(session.root)'", hint: "run: git init")
        }
        guard !version.run.isEmpty, let commit = try registry.run(version.run).gitCommit else {
            throw Failure(
                "models.no-commit", "found \(version.reference) trained outside Git, so there is no commit to tag",
                hint: "commit, train again, and register")
        }
        let semantic = release ?? "v\(version.version).0.0"
        guard isSemantic(semantic) else {
            throw Failure(
                "models.release", "found the release '\(semantic)', expected one such as v1.2.0", exitStatus: .usage)
        }
        if let stage, stage.isEmpty || !stage.allSatisfy({ $0.isASCII && ($0.isLetter || $0.isNumber || $0 == "-") }) {
            throw Failure(
                "models.stage", "found the stage '\(stage)', expected letters, digits and '-'", exitStatus: .usage)
        }
        let existing = try repository.tags(), message = "hftml \(version.reference) sha256:\(version.weights)"
        var made: [String] = []
        func make(_ name: String) throws {
            try repository.tag(name, at: commit, message: message)
            made.append(name)
        }
        let releaseTag = "\(version.model)@\(semantic)"
        if existing.contains(releaseTag) {
            guard try repository.commit(releaseTag) == commit else {
                throw Failure(
                    "models.release-taken", "found the tag '\(releaseTag)' at another commit",
                    hint: "name the next one: --release vX.Y.Z")
            }
        } else {
            try make(releaseTag)
        }
        if let stage {
            let prefix = "\(version.model)#\(stage)#"
            let newest = existing.compactMap { $0.hasPrefix(prefix) ? Int($0.dropFirst(prefix.count)) : nil }.max()
            let isThere = try newest.map { try repository.commit("\(prefix)\($0)") == commit } ?? false
            if !isThere {
                guard let next = (newest ?? 0).plus(1) else {
                    throw Failure(
                        "models.release-taken", "found the tag '\(prefix)\(newest ?? 0)', which no number follows",
                        hint: "delete that tag: git tag -d '\(prefix)\(newest ?? 0)'")
                }
                try make("\(prefix)\(next)")
            }
        }
        if !made.isEmpty {
            try registry.audit(
                action: "version.git-tag", subject: version.subject,
                detail: .map(["tags": .strings(made), "commit": .string(commit)]))
        }
        return Outcome(tags: made, commit: commit)
    }

    /// `v`, three numbers without leading zeros, and perhaps `-rc.1`.
    private static func isSemantic(_ text: String) -> Bool {
        guard text.hasPrefix("v") else { return false }
        let parts = text.dropFirst().split(separator: "-", maxSplits: 1, omittingEmptySubsequences: false)
        let numbers = parts[0].split(separator: ".", omittingEmptySubsequences: false)
        guard numbers.count == 3,
            numbers.allSatisfy({ Int($0) != nil && ($0 == "0" || !$0.hasPrefix("0")) && $0.allSatisfy(\.isNumber) })
        else { return false }
        return parts.count == 1
            || !parts[1].isEmpty
                && parts[1].allSatisfy { $0.isASCII && ($0.isLetter || $0.isNumber || ".-".contains($0)) }
    }
}
