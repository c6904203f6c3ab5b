package import Basics
import DataVersioning

/// Places outside the registry's file where signed heads of the audit log are kept: who rewrites the file cannot
/// rewrite them as well.
///
///     anchors:
///       - {git: true}                  # commits of refs/hftml/audit; push it: git push origin refs/hftml/audit
///       - {directory: /mnt/worm/hftml} # one file a head, never overwritten
///       - {timestamp: https://tsa.example/tsr, certificates: Registry/tsa.pem} # a token a head
package enum AnchorPlace: Sendable, Equatable, CustomStringConvertible {
    case git
    /// As it was written: absolute, or from the root of the workspace.
    case directory(String)
    /// Tokens of an authority (RFC 3161); the tokens lie in the workspace, their signatures are the authority's.
    case timestamp(TimestampAuthority)

    /// The reference whose commits hold the heads.
    static let reference = "refs/hftml/audit"
    /// Where `git fetch` puts those of a remote, in a clone that `hftml init` has prepared.
    static let tracked = "hftml/audit"
    /// The file that each of these commits holds.
    static let file = "head.json"

    package var description: String {
        switch self {
        case .git: "Git (\(AnchorPlace.reference))"
        case .directory(let path): path
        case .timestamp(let authority): "timestamps of \(authority.shown)"
        }
    }

    /// Reads `anchors` of the settings.
    ///
    /// - Throws: ``ConfigError``.
    static func read(_ list: [JSONValue]) throws -> [AnchorPlace] {
        try list.flatMap { node -> [AnchorPlace] in
            let reader = try ConfigReader(
                node, path: "anchors", keys: ["git", "directory", "timestamp", "certificates"])
            var places: [AnchorPlace] = try reader.bool("git", default: false) ? [.git] : []
            if let path = try reader.optionalString("directory") {
                guard !path.isEmpty else {
                    throw ConfigError(
                        "found no path of a directory, expected one such as /mnt/worm/hftml",
                        at: reader.value("directory")?.mark)
                }
                places.append(.directory(path))
            }
            if let authority = try TimestampAuthority(reader) { places.append(.timestamp(authority)) }
            return places
        }
    }
}

/// A head as it lies in a place.
package struct AnchoredHead: Sendable, Equatable {
    /// A signed envelope.
    package var envelope: String
    package var place: AnchorPlace
    /// Which one of the place's: a commit, or a file.
    package var name: String
    /// When the place had it, by its own clock; nil for places that have none.
    package var time: Nanoseconds?

    /// For messages.
    var words: String { "\(place), \(name.prefix(place == .git ? 12 : 200))" }
}

extension Session {
    /// Where heads of the log go: what the settings say; without a word of them, the Git repository around the
    /// workspace if there is one.
    package func anchorPlaces() throws -> [AnchorPlace] {
        if let configured = configuredAnchors { return configured }
        return try GitRepository.around(root) == nil ? [] : [.git]
    }

    func anchorDirectory(_ path: String) -> String { Paths.join(root, path) }
}
