package import Basics
import ModelBundles

/// What one backup holds: a file of the workspace a line, by size and SHA-256, and where the record stood.
package struct BackupManifest: Sendable, Equatable {
    /// What a file is for; the first question when one is missing.
    package enum Kind: String, Sendable, CaseIterable {
        case registry, artefact, key, environment, policy, card, promotion, log, document
    }

    package struct File: Sendable, Equatable {
        /// From the root of the workspace, with `/`.
        package var path: String
        package var kind: Kind
        package var size: Int
        package var digest: String
    }

    static let payloadType = "application/vnd.hftml.backup+json"

    /// From 1; one more than that of the backup before.
    package var number: Int
    package var createdAt: Nanoseconds
    package var createdBy: String
    package var tool = ToolVersion.current
    /// SHA-256 of the manifest's file of the backup before; nil for the first.
    package var previous: String?
    /// Where the registry lies, from the root of the workspace.
    package var registry: String
    /// Entries of the audit log, and the hash of the newest; nil for an empty log.
    package var entries: Int
    package var tip: String?
    /// Versions of models.
    package var versions: Int
    /// Counter of the newest signed document of each environment that has one, by the environment's name.
    package var environments: [(name: String, counter: Int)] = []
    /// Sorted by path.
    package var files: [File]
    /// Artefacts that the registry names and that were not beside it.
    package var missing: [String]

    package static func == (a: BackupManifest, b: BackupManifest) -> Bool { a.payload == b.payload }

    /// Canonical JSON: what is signed.
    var payload: String { json.text(.canonical) }

    private var json: JSONValue {
        .map([
            "schemaVersion": .int(1), "kind": .string("hftml-backup"), "number": .int(number),
            "createdAtNs": .int(Int(createdAt)), "createdAt": .string(TimeText.utc(createdAt)),
            "createdBy": .string(createdBy), "tool": .string(tool), "previous": .string(previous),
            "registry": .string(registry), "log": .map(["entries": .int(entries), "tip": .string(tip)]),
            "versions": .int(versions),
            "environments": .list(
                environments.map { .map(["name": .string($0.name), "counter": .int($0.counter)]) }),
            "files": .list(
                files.map {
                    .map([
                        "path": .string($0.path), "kind": .string($0.kind.rawValue), "size": .int($0.size),
                        "sha256": .string($0.digest),
                    ])
                }),
            "missing": .strings(missing),
        ])
    }
}

extension BackupManifest {
    private static let keys = [
        "schemaVersion", "kind", "number", "createdAtNs", "createdAt", "createdBy", "tool", "previous", "registry",
        "log", "versions", "environments", "files", "missing",
    ]

    /// Reads what ``payload`` wrote.
    ///
    /// Paths come from outside: each leads below the workspace, into a directory that belongs to hftml, and names one
    /// file.
    ///
    /// - Throws: ``Failure`` with code `backup.manifest`, ``ConfigError``.
    init(_ payload: String, file: String) throws {
        let reader = try ConfigReader(try JSONParser.parse(payload, file: file), keys: BackupManifest.keys)
        try reader.checkSchemaVersion(1)
        guard try reader.string("kind") == "hftml-backup" else {
            throw BackupManifest.malformed("another kind of document", file)
        }
        let log = reader.value("log")
        self.init(
            number: try reader.int("number", in: 1...Int.max), createdAt: Int64(try reader.int("createdAtNs")),
            createdBy: try reader.string("createdBy"), tool: try reader.string("tool"),
            previous: try reader.optionalString("previous"), registry: try reader.string("registry"),
            entries: log?[key: "entries"]?.intValue ?? 0, tip: log?[key: "tip"]?.stringValue,
            versions: try reader.int("versions", in: 0...1_000_000_000), files: [],
            missing: try reader.strings("missing"))
        environments = try reader.list("environments").map { node in
            guard let name = node[key: "name"]?.stringValue, let counter = node[key: "counter"]?.intValue else {
                throw BackupManifest.malformed("an environment without name or counter", file)
            }
            return (name, counter)
        }
        files = try reader.list("files").map { node in
            guard let path = node[key: "path"]?.stringValue,
                let kind = node[key: "kind"]?.stringValue.flatMap(Kind.init(rawValue:)),
                let size = node[key: "size"]?.intValue, size >= 0,
                let digest = node[key: "sha256"]?.stringValue, BackupManifest.isDigest(digest)
            else { throw BackupManifest.malformed("a file without path, kind, size or SHA-256", file) }
            return File(path: path, kind: kind, size: size, digest: digest)
        }
        try checkPaths(file)
    }

    private func checkPaths(_ file: String) throws {
        func isInside(_ path: String) -> Bool {
            let parts = path.split(separator: "/", omittingEmptySubsequences: false)
            return parts.count > 1 && !path.contains("\0")
                && parts.allSatisfy { !$0.isEmpty && $0 != "." && $0 != ".." && $0 != ".git" && $0 != ".dvc" }
        }
        let paths = Set(files.map(\.path))
        guard paths.count == files.count, isInside(registry), paths.contains(registry) else {
            throw BackupManifest.malformed("no registry, or a path twice", file)
        }
        let base = Paths.parent(registry)
        for path in paths {
            guard isInside(path), path.hasPrefix("Registry/") || path.isBelow(base) else {
                throw BackupManifest.malformed("the path '\(path)', which leads elsewhere", file)
            }
            // A file where another path needs a directory.
            if Paths.upwards(from: path).dropFirst().contains(where: { paths.contains($0) }) {
                throw BackupManifest.malformed("the path '\(path)' below a file", file)
            }
        }
    }

    static func isDigest(_ text: String) -> Bool {
        text.utf8.count == 64
            && text.utf8.allSatisfy { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains($0) || (97...102).contains($0) }
    }

    private static func malformed(_ what: String, _ file: String) -> Failure {
        Failure(
            "backup.manifest", "found \(what) in the manifest '\(file)'",
            hint: "see what else is wrong: hftml backup verify DIR", exitStatus: .refused)
    }
}
