package import Basics
import ModelBundles
import Trading

extension EnvironmentAuthority {
    /// What a payload holds.
    package static let jsonKeys = [
        "schemaVersion", "name", "counter", "createdAt", "expiresAt", "root", "keys", "policy", "minimumCostBps",
        "limits", "freezes", "canary", "health", "verdictDays", "deploymentDays", "anchorHours", "issuers",
        "anchors",
    ]

    /// The document as it is signed.
    package var json: JSONValue {
        var node = JSONValue.map([
            "schemaVersion": .int(1), "name": .string(name), "counter": .int(counter),
            "createdAt": .string(TimeText.utc(createdAt)), "expiresAt": .string(TimeText.utc(expiresAt)),
            "root": root.json, "keys": .list(keys.map(\.json)),
            "policy": .map(["name": .string(policy.name), "sha256": .string(policy.digest)]),
            "minimumCostBps": .double(minimumCostBps), "limits": limits.json,
            "freezes": .list(
                freezes.map {
                    .map([
                        "from": .string(TimeText.utc($0.from)), "to": .string(TimeText.utc($0.to)),
                        "reason": .string($0.reason),
                    ])
                }),
            "canary": canary.map { .map(["hours": .double($0.hours), "share": .double($0.share)]) } ?? .null,
            "health": health?.json ?? .null, "verdictDays": .double(verdictDays),
            "deploymentDays": .double(deploymentDays), "anchorHours": .double(anchorHours),
        ])
        // Documents of before have none, and keep their digest.
        if let issuers { node[key: "issuers"] = .list(issuers) }
        if let anchors { node[key: "anchors"] = .list(anchors.map(\.json)) }
        return node
    }

    /// Reads a payload; strict, since nothing in it has another meaning than the one that was signed.
    ///
    /// - Throws: ``ConfigError``, ``Failure``.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, keys: EnvironmentAuthority.jsonKeys)
        try reader.checkSchemaVersion(1)
        let policy = try ConfigReader(try reader.required("policy"), path: "policy", keys: ["name", "sha256"])
        self.init(
            name: try reader.string("name"), counter: try reader.int("counter", in: 1...1_000_000_000),
            createdAt: try reader.time("createdAt"), expiresAt: try reader.time("expiresAt"),
            root: try RootKeys(try reader.required("root"), path: "root"),
            keys: try reader.list("keys").map { try PublicKey($0, in: "the keys of the environment") },
            policy: (try policy.string("name"), try policy.string("sha256")),
            minimumCostBps: try reader.double("minimumCostBps", in: 0...10_000),
            limits: try RiskLimits(try reader.required("limits"), path: "limits"),
            freezes: try reader.list("freezes").map(Freeze.init),
            canary: try reader.value("canary").map(Canary.init),
            health: try reader.value("health").map(HealthRule.init),
            verdictDays: try reader.double("verdictDays", in: 0.001...3650),
            deploymentDays: try reader.double("deploymentDays", in: 0.001...3650),
            anchorHours: try reader.optionalDouble("anchorHours", in: 0.001...100_000),
            issuers: reader.has("issuers") ? try reader.list("issuers") : nil,
            anchors: reader.has("anchors") ? try reader.list("anchors").map(EnvironmentAnchor.init) : nil)
        guard Set(keys.map(\.id)).count == keys.count, Set(keys.map(\.name)).count == keys.count else {
            throw ConfigError("found a key or a name of a key twice", at: reader.value("keys")?.mark)
        }
        guard createdAt < expiresAt else {
            throw ConfigError("found a document that ends before it begins", at: reader.value("expiresAt")?.mark)
        }
    }
}

extension EnvironmentAuthority.Freeze {
    /// - Parameter node: `{from: TIME, to: TIME, reason: TEXT}`.
    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, path: "freezes", keys: ["from", "to", "reason"])
        self.init(
            from: try reader.time("from"), to: try reader.time("to"), reason: try reader.string("reason", default: ""))
        guard from < to else { throw ConfigError("found a freeze that ends before it begins", at: node.mark) }
    }
}

extension EnvironmentAuthority.Canary {
    /// - Parameter node: `{hours: NUMBER, share: FRACTION}`.
    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, path: "canary", keys: ["hours", "share"])
        self.init(
            hours: try reader.double("hours", in: 0.001...100_000),
            share: try reader.double("share", in: 0.0001...0.9999))
    }
}

extension ConfigReader {
    /// A required time such as `2026-12-24` or `2026-12-24T13:00Z`.
    package func time(_ key: String) throws -> Nanoseconds {
        let text = try string(key)
        guard let time = TimeText.parseUTC(text) else {
            throw ConfigError(
                "found '\(text)' as \(name(key)), expected a time such as 2026-12-24 or 2026-12-24T13:00Z",
                at: value(key)?.mark)
        }
        return time
    }
}
