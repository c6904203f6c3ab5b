package import Basics
package import ModelBundles

/// What takes an order back that no host has answered yet, signed by a key with the role `promoter`: from then on the
/// host takes no order with its number or a lower one, whoever kept a copy of the bundle.
package struct Withdrawal: Sendable, Equatable {
    /// Media type of the signed payload.
    package static let payloadType = "application/vnd.hftml.withdrawal+json"
    /// How such files end in the inbox.
    package static let suffix = ".withdrawal.json"
    /// The largest file that is read; one is some hundred bytes.
    package static let mostBytes = 1 << 16

    /// The only environment that it is for.
    package var environment: String
    /// Of the order that is taken back.
    package var counter: Int
    /// SHA-256 of the bundle that carries it.
    package var bundle: String
    /// When it was taken back, UTC.
    package var time: Nanoseconds
    /// Who took it back, and why in their words.
    package var person: String
    /// May be empty.
    package var reason: String
    /// Id of the key of the one host that it is for; nil where whoever withdrew could not read which that is, and in
    /// version 1.
    package var host: String?
    /// Whether it says beside that its host is lost, so that nobody waits for its answer. Of version 3.
    package var isHostLost = false

    /// A withdrawal as given.
    package init(
        environment: String, counter: Int, bundle: String, time: Nanoseconds, person: String, reason: String,
        host: String? = nil, isHostLost: Bool = false
    ) {
        (self.environment, self.counter, self.bundle) = (environment, counter, bundle)
        (self.time, self.person, self.reason, self.host) = (time, person, reason, host)
        self.isHostLost = isHostLost
    }

    /// What is signed.
    package var payload: String {
        var node = JSONValue.map([
            "schemaVersion": .int(isHostLost ? 3 : host == nil ? 1 : 2), "environment": .string(environment),
            "counter": .int(counter),
            "bundle": .string(bundle), "time": .string(TimeText.utc(time)), "timeNs": .int(Int(time)),
            "person": .string(person), "reason": .string(reason),
        ])
        if let host { node[key: "host"] = .string(host) }
        if isHostLost { node[key: "hostIsLost"] = .bool(true) }
        return node.text(.compact)
    }

    /// Signs it.
    package func signed(by signer: any Signer) throws -> Envelope {
        try Envelope(payloadType: Withdrawal.payloadType, payload: payload, signer: signer)
    }

    /// Reads a signed withdrawal; who signed is the caller's question.
    ///
    /// - Throws: ``Failure`` with code `withdrawal.format`, ``ConfigError``.
    package init(_ envelope: Envelope) throws {
        guard envelope.payloadType == Withdrawal.payloadType else {
            throw Failure("withdrawal.format", "found a signed '\(envelope.payloadType)', expected a withdrawal")
        }
        let reader = try ConfigReader(
            try JSONParser.parse(envelope.payload, file: "withdrawal"),
            keys: [
                "schemaVersion", "environment", "counter", "bundle", "time", "timeNs", "person", "reason", "host",
                "hostIsLost",
            ])
        // Which of them it is follows from the rest: the texts are compared below.
        _ = try reader.int("schemaVersion", in: 1...3)
        self.init(
            environment: try reader.string("environment"),
            counter: try reader.int("counter", in: 1...DeploymentOrder.highestCounter),
            bundle: try reader.string("bundle"), time: Nanoseconds(try reader.int("timeNs", in: 0...Int.max)),
            person: try reader.string("person"), reason: try reader.string("reason", default: ""),
            host: try reader.optionalString("host"), isHostLost: try reader.bool("hostIsLost", default: false))
        guard payload == envelope.payloadText else {
            throw Failure("withdrawal.format", "found a withdrawal that is not written as hftml writes it")
        }
    }
}
