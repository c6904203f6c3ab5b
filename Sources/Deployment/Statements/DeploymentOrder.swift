package import Basics
package import ModelBundles

/// The order to put one bundle in force in one environment, signed by a key with the role `promoter`; it travels in the
/// bundle. Promotions and rollbacks are the same thing here: the next number of the environment's revision history.
package struct DeploymentOrder: Sendable, Equatable {
    /// Media type of the signed payload.
    package static let payloadType = "application/vnd.hftml.deployment+json"
    /// No environment comes to so many.
    package static let highestCounter = 1_000_000_000_000
    /// A number that lies further above the last one is no next number: it would leave none for the orders after it.
    package static let longestStep = 1_000_000

    /// Why it was ordered; raw values are words of the file.
    package enum Action: String, Sendable, CaseIterable {
        case promote, rollback
    }

    /// What was in force where it was ordered: it is for that place in the history alone.
    package enum Previous: Sendable, Equatable {
        /// An order of version 1, which does not say.
        case unknown
        case nothing
        /// SHA-256 of the bundle's bytes, and its number.
        case revision(counter: Int, bundle: String)

        /// Of a history.
        package init(_ current: RevisionHistory.Revision?) {
            self = current.map { .revision(counter: $0.counter, bundle: $0.bundle) } ?? .nothing
        }
    }

    /// The only environment that it is for.
    package var environment: String
    /// Number and SHA-256 of the environment's document that it rests on.
    package var authority: (counter: Int, digest: String)
    /// Position in the environment's revision history; a host takes none that is not above the last.
    package var counter: Int
    /// Why it was ordered.
    package var action: Action
    /// SHA-256 of the manifest that is to be in force: spec, weights, rule, limits.
    package var manifest: String
    /// SHA-256 of the verdict that allowed it: ``Envelope/payloadDigest``.
    package var verdict: String
    /// SHA-256 of the limits of the manifest's strategy, for all instruments, in canonical JSON.
    package var limits: String
    /// Of the instruments; below 1 for a canary.
    package var share: Double
    /// When it was ordered, UTC.
    package var time: Nanoseconds
    /// From when it may no longer be put in force.
    package var expiresAt: Nanoseconds
    /// Who ordered it, and why in their words; a rollback needs a reason.
    package var person: String
    /// In the person's words; may be empty for a promotion.
    package var reason: String
    /// What it follows.
    package var previous = Previous.unknown
    /// Id of the key of the one host that it is for; nil where whoever ordered it could not read which that is.
    package var host: String?

    /// An order as given.
    package init(
        environment: String, authority: (counter: Int, digest: String), counter: Int, action: Action, manifest: String,
        verdict: String, limits: String, share: Double, time: Nanoseconds, expiresAt: Nanoseconds, person: String,
        reason: String = ""
    ) {
        (self.environment, self.authority, self.counter, self.action) = (environment, authority, counter, action)
        (self.manifest, self.verdict, self.limits, self.share) = (manifest, verdict, limits, share)
        (self.time, self.expiresAt, self.person, self.reason) = (time, expiresAt, person, reason)
    }

    package static func == (a: DeploymentOrder, b: DeploymentOrder) -> Bool { a.payload == b.payload }

    /// The text that is signed.
    package var payload: String {
        var node = JSONValue.map([
            "schemaVersion": .int(previous == .unknown ? 1 : 2), "environment": .string(environment),
            "authority": .map(["counter": .int(authority.counter), "sha256": .string(authority.digest)]),
            "counter": .int(counter), "action": .string(action.rawValue), "manifest": .string(manifest),
            "verdict": .string(verdict), "limits": .string(limits), "share": .double(share),
            "time": .string(TimeText.utc(time)), "timeNs": .int(Int(time)),
            "expiresAt": .string(TimeText.utc(expiresAt)), "expiresAtNs": .int(Int(expiresAt)),
            "person": .string(person), "reason": .string(reason),
        ])
        switch previous {
        case .unknown: break
        case .nothing: node[key: "previous"] = .null
        case .revision(let counter, let bundle):
            node[key: "previous"] = .map(["counter": .int(counter), "bundle": .string(bundle)])
        }
        if let host, previous != .unknown { node[key: "host"] = .string(host) }
        return node.text(.compact)
    }

    private static func previous(_ reader: ConfigReader) throws -> Previous {
        guard try reader.int("schemaVersion", in: 1...2) == 2 else { return .unknown }
        guard let node = reader.value("previous") else { return .nothing }
        let previous = try ConfigReader(node, path: "previous", keys: ["counter", "bundle"])
        return .revision(
            counter: try previous.int("counter", in: 1...highestCounter), bundle: try previous.string("bundle"))
    }

    /// Reads a signed order; who signed is the caller's question.
    ///
    /// - Throws: ``Failure`` with code `order.format`, ``ConfigError``.
    package init(_ envelope: Envelope) throws {
        guard envelope.payloadType == DeploymentOrder.payloadType else {
            throw Failure("order.format", "found a signed '\(envelope.payloadType)', expected a deployment")
        }
        let reader = try ConfigReader(
            try JSONParser.parse(envelope.payload, file: "deployment"),
            keys: [
                "schemaVersion", "environment", "authority", "counter", "action", "manifest", "verdict", "limits",
                "share", "time", "timeNs", "expiresAt", "expiresAtNs", "person", "reason", "previous", "host",
            ])
        let authority = try ConfigReader(
            try reader.required("authority"), path: "authority", keys: ["counter", "sha256"])
        self.init(
            environment: try reader.string("environment"),
            authority: (try authority.int("counter", in: 1...1_000_000_000), try authority.string("sha256")),
            counter: try reader.int("counter", in: 1...DeploymentOrder.highestCounter),
            action: try reader.choice("action"),
            manifest: try reader.string("manifest"), verdict: try reader.string("verdict"),
            limits: try reader.string("limits"), share: try reader.double("share", in: 0.000001...1),
            time: Nanoseconds(try reader.int("timeNs", in: 0...Int.max)),
            expiresAt: Nanoseconds(try reader.int("expiresAtNs", in: 0...Int.max)),
            person: try reader.string("person"), reason: try reader.string("reason", default: ""))
        previous = try DeploymentOrder.previous(reader)
        host = try reader.optionalString("host")
        guard payload == envelope.payloadText else {
            throw Failure("order.format", "found a deployment that is not written as hftml writes it")
        }
    }

    /// Signs it.
    package func signed(by signer: any Signer) throws -> Envelope {
        try Envelope(payloadType: DeploymentOrder.payloadType, payload: payload, signer: signer)
    }
}
