package import Basics
package import ModelBundles

/// Who may change an environment's authority, and how many of them have to agree.
package struct RootKeys: Sendable, Equatable {
    /// Persons whose signatures are needed; at least 1.
    package let threshold: Int
    /// The keys that count. Several keys of one person count once.
    package let keys: [PublicKey]

    /// Root keys as given.
    ///
    /// - Throws: ``Failure`` with code `authority.threshold` where fewer persons hold keys than have to agree.
    package init(threshold: Int, keys: [PublicKey]) throws {
        let persons = PlainName.distinct(keys.map(\.person)).count
        guard threshold >= 1, threshold <= persons else {
            throw Failure(
                "authority.threshold",
                "found \(persons) person\(persons == 1 ? "" : "s") with a root key, and a threshold of \(threshold)",
                hint: "name as many root keys as have to sign")
        }
        guard Set(keys.map(\.id)).count == keys.count else {
            throw Failure("authority.threshold", "found one root key twice", hint: "name each key once")
        }
        self.threshold = threshold
        self.keys = keys
    }

    /// Reads what ``json`` holds.
    init(_ node: JSONValue, path: String) throws {
        let reader = try ConfigReader(node, path: path, keys: ["threshold", "keys"])
        try self.init(
            threshold: try reader.int("threshold", in: 1...1000),
            keys: try reader.list("keys").map { try PublicKey($0, in: "the root keys") })
    }

    /// What the document holds.
    package var json: JSONValue { .map(["threshold": .int(threshold), "keys": .list(keys.map(\.json))]) }

    /// Persons whose signature of an envelope counts at a moment, each once: `ann` and `Ann` are one.
    package func persons(signing envelope: Envelope, at time: Nanoseconds) -> Set<String> {
        Set(PlainName.distinct(envelope.signers(among: keys).filter { $0.objection(at: time) == nil }.map(\.person)))
    }

    /// - Throws: ``Failure`` with code `authority.signatures` where too few of them signed.
    func require(_ envelope: Envelope, at time: Nanoseconds, of what: String) throws {
        let persons = persons(signing: envelope, at: time)
        guard persons.count >= threshold else {
            let signed = persons.isEmpty ? "none" : persons.sorted().joined(separator: ", ")
            throw Failure(
                "authority.signatures",
                "found \(persons.count) of \(threshold) root signatures on \(what) (\(signed))",
                hint: "let another root key sign it: hftml environments sign NAME --as KEY")
        }
    }
}

/// The root keys that a trading host was told to believe: the one thing there that no bundle can change.
///
///     root.json    {"schemaVersion": 1, "environment": "paper", "threshold": 1, "keys": […]}
package struct RootPin: Sendable, Equatable {
    /// The environment that the pin is for.
    package let environment: String
    /// Believed without further proof.
    package let root: RootKeys

    /// A pin as given.
    package init(environment: String, root: RootKeys) {
        self.environment = environment
        self.root = root
    }

    /// - Throws: ``FileError``, ``Failure``, ``ConfigError``.
    package static func read(_ path: String) throws -> RootPin {
        let reader = try ConfigReader(
            try JSONParser.parse(try FileChunks.bytes(path), file: path),
            keys: ["schemaVersion", "environment", "threshold", "keys"])
        try reader.checkSchemaVersion(1)
        return RootPin(
            environment: try reader.string("environment"),
            root: try RootKeys(
                threshold: try reader.int("threshold", in: 1...1000),
                keys: try reader.list("keys").map { try PublicKey($0, in: "'\(path)'") }))
    }

    /// What people compare by telephone before they pin: the SHA-256 of the pin in canonical JSON.
    package var fingerprint: String { "sha256:\(Digest.sha256(json.text(.canonical)))" }

    /// What the file holds.
    package var json: JSONValue {
        .map([
            "schemaVersion": .int(1), "environment": .string(environment), "threshold": .int(root.threshold),
            "keys": .list(root.keys.map(\.json)),
        ])
    }
}
