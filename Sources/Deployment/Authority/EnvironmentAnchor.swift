import Basics

/// A place outside the registry where signed heads of the audit log have to lie, as the document of an environment
/// names it.
///
/// The settings that name such places are a file like any other: whoever can edit it, and holds a key that signs heads,
/// could name other places, write the log anew and anchor it there. What root keys have signed stays.
package enum EnvironmentAnchor: Sendable, Hashable, CustomStringConvertible {
    /// Commits of the project's Git repository.
    case git
    /// A directory, as the settings write it.
    case directory(String)
    /// A time-stamping authority, by its address without name, password and query, and the SHA-256 of each certificate
    /// (DER) that is believed, in order.
    case timestamp(String, certificates: [String])

    /// Some places in the order in which a document has them, each once: the order of a file's lines says nothing.
    package static func canonical(_ anchors: [EnvironmentAnchor]) -> [EnvironmentAnchor] {
        Set(anchors).sorted { $0.json.text(.canonical) < $1.json.text(.canonical) }
    }

    /// - Parameter node: `{git: true}`, `{directory: PATH}` or `{timestamp: ADDRESS, certificates: [SHA256, …]}`.
    /// - Throws: ``ConfigError``.
    init(_ node: JSONValue) throws {
        let reader = try ConfigReader(
            node, path: "anchors", keys: ["git", "directory", "timestamp", "certificates"])
        func only(_ keys: Set<String>) throws {
            guard Set(["git", "directory", "timestamp", "certificates"].filter(reader.has)) == keys else {
                throw ConfigError("found an anchor that is no one place", at: node.mark)
            }
        }
        if let address = try reader.optionalString("timestamp") {
            try only(["timestamp", "certificates"])
            self = .timestamp(address, certificates: try reader.strings("certificates"))
        } else if let path = try reader.optionalString("directory") {
            try only(["directory"])
            self = .directory(path)
        } else {
            try only(["git"])
            guard try reader.bool("git", default: false) else {
                throw ConfigError("found git: false as an anchor, expected true", at: node.mark)
            }
            self = .git
        }
    }

    /// What the document holds.
    var json: JSONValue {
        switch self {
        case .git: .map(["git": .bool(true)])
        case .directory(let path): .map(["directory": .string(path)])
        case .timestamp(let address, let certificates):
            .map(["timestamp": .string(address), "certificates": .strings(certificates)])
        }
    }

    /// What and where, without the certificates.
    package var place: String {
        switch self {
        case .git: "git"
        case .directory(let path): path
        case .timestamp(let address, _): address
        }
    }

    /// What is kept there, for whoever reads the document; certificates as `openssl x509 -fingerprint -sha256` has
    /// them, without the colons.
    package var kept: String {
        switch self {
        case .git: "commits of refs/hftml/audit"
        case .directory: "a directory"
        case .timestamp(_, let certificates):
            "time stamps, by certificates with the SHA-256 " + certificates.joined(separator: ", ")
        }
    }

    package var description: String {
        switch self {
        case .git: "Git"
        case .directory(let path): path
        case .timestamp(let address, let certificates):
            "timestamps of \(address) by the certificates "
                + certificates.map { String($0.prefix(12)) }.joined(separator: ", ")
        }
    }
}
