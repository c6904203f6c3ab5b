package import Basics
package import ModelBundles

/// What a trading host says about a bundle it was handed, or about an act of its operator; one file each, signed by the
/// host's key, read back by `hftml deployments`.
///
/// Version 1 had no signature. It is still read, and proves nothing: no alias and no promotion moves by it.
package struct Receipt: Sendable, Equatable {
    /// Media type of the signed payload.
    package static let payloadType = "application/vnd.hftml.receipt+json"

    /// What became of the bundle, or what was done; raw values are words of the file.
    package enum Outcome: String, Sendable {
        case installed, refused, rolledBack = "rolled-back", halted, resumed, withdrawn
    }

    /// Its name.
    package var environment: String
    /// What became of the bundle.
    package var outcome: Outcome
    /// SHA-256 of the bundle's bytes.
    package var bundle: String
    /// Position in the environment's revision history; nil for a bundle that was refused before its order counted.
    package var counter: Int?
    /// Of the model; nil, as version and signer, for a bundle that was refused.
    package var name: String?
    /// Of the model.
    package var version: Int?
    /// SHA-256 of the weights' manifest that is in force; the same for every bundle of one promotion and its rollbacks.
    package var manifest: String?
    /// Name of the key that signed.
    package var signer: String?
    /// Why it was refused, after the error's code; why a person halted, resumed, rolled back or withdrew.
    package var reason: String?
    /// Who halted, resumed or rolled back at the host, or withdrew the order.
    package var person: String?
    /// When the receipt was made.
    package var time: Nanoseconds
    /// Digest of the bundle that was in force before, if any.
    package var replaced: String?
    /// Of the program that made it.
    package var runtimeVersion: String
    /// Why it was allowed though the environment's document counted no more; nil for all but emergencies.
    package var emergency: String?
    /// Position among the halts and resumes of its host, from 1; nil for all else, and for those of a host of before.
    /// It says which came last, whatever the host's clock was set to.
    package var act: Int?

    /// A receipt as given.
    package init(
        environment: String, outcome: Outcome, bundle: String, counter: Int? = nil, name: String? = nil,
        version: Int? = nil, manifest: String? = nil, signer: String? = nil, reason: String? = nil,
        person: String? = nil, time: Nanoseconds, replaced: String? = nil,
        runtimeVersion: String = ToolVersion.current, emergency: String? = nil, act: Int? = nil
    ) {
        (self.environment, self.outcome, self.bundle, self.name) = (environment, outcome, bundle, name)
        (self.version, self.signer, self.reason, self.time) = (version, signer, reason, time)
        (self.counter, self.manifest, self.person) = (counter, manifest, person)
        (self.replaced, self.runtimeVersion, self.emergency) = (replaced, runtimeVersion, emergency)
        self.act = act
    }

    /// What is signed.
    package var json: JSONValue {
        var node = JSONValue.map([
            "schemaVersion": .int(2), "environment": .string(environment), "outcome": .string(outcome.rawValue),
            "bundle": .string(bundle), "counter": counter.map { .int($0) } ?? .null, "name": .string(name),
            "version": version.map { .int($0) } ?? .null, "manifest": .string(manifest),
            "signer": .string(signer), "reason": .string(reason), "person": .string(person),
            "time": .string(TimeText.utc(time)), "timeNs": .int(Int(time)),
            "replaced": .string(replaced), "runtimeVersion": .string(runtimeVersion),
        ])
        if let emergency { node[key: "emergency"] = .string(emergency) }
        if let act { node[key: "act"] = .int(act) }
        return node
    }

    /// Its reason, and that it was an emergency.
    package var fullReason: String? {
        let parts = [reason, emergency.map { "emergency: \($0)" }].compactMap(\.self)
        return parts.isEmpty ? nil : parts.joined(separator: "; ")
    }

    /// One line for people.
    package var text: String {
        let what = name.map { "\($0)/\(version ?? 0)" } ?? String(bundle.prefix(12))
        return "\(outcome.rawValue): \(what.isEmpty ? environment : what)" + (fullReason.map { " — \($0)" } ?? "")
            + (person.map { " (\($0))" } ?? "")
    }

    // MARK: Signed

    /// The receipt as a file holds it.
    package func signed(by host: any Signer) throws -> Envelope {
        try Envelope(payloadType: Receipt.payloadType, payload: json.text(.compact), signer: host)
    }

    /// A receipt as it was found, with the key that signed it.
    package struct Found: Sendable, Equatable {
        /// What it says.
        package var receipt: Receipt
        /// The host's key; nil for a receipt of version 1, and for one that no host of the environment signed.
        package var host: PublicKey?

        /// A receipt as found.
        package init(receipt: Receipt, host: PublicKey?) { (self.receipt, self.host) = (receipt, host) }
    }

    /// Reads the text of a receipt's file.
    ///
    /// - Parameters:
    ///   - hosts: keys of the environment's hosts, expired ones too: what they signed then happened then.
    ///   - place: where it stands, for messages.
    /// - Throws: ``Failure`` with code `receipt.format` for what is no receipt.
    package static func read(_ bytes: [UInt8], hosts: [PublicKey], in place: String) throws -> Found {
        let node: JSONValue
        var host: PublicKey?
        if let envelope = try? Envelope(String(decoding: bytes, as: UTF8.self)), envelope.payloadType == payloadType {
            node = try JSONParser.parse(envelope.payload, file: place)
            host = envelope.signers(among: hosts.filter { $0.revoked == nil }).first
        } else {
            node = try JSONParser.parse(bytes, file: place)
        }
        guard let bundle = node[key: "bundle"]?.stringValue,
            let outcome = node[key: "outcome"]?.stringValue.flatMap(Outcome.init(rawValue:)),
            let environment = node[key: "environment"]?.stringValue,
            let time = node[key: "timeNs"]?.intValue.flatMap({ Nanoseconds(exactly: $0) }),
            let schema = node[key: "schemaVersion"]?.intValue, (1...2).contains(schema)
        else { throw Failure("receipt.format", "found no receipt in '\(place)'") }
        let counter = node[key: "counter"]?.intValue
        guard counter.map((1...DeploymentOrder.highestCounter).contains) ?? true else {
            throw Failure("receipt.format", "found a receipt of deployment \(counter ?? 0) in '\(place)'")
        }
        let act = node[key: "act"]?.intValue
        guard act.map((1...DeploymentOrder.highestCounter).contains) ?? true else {
            throw Failure("receipt.format", "found a receipt of the act \(act ?? 0) in '\(place)'")
        }
        func text(_ key: String) -> String? { node[key: key]?.stringValue }
        return Found(
            receipt: Receipt(
                environment: environment, outcome: outcome, bundle: bundle, counter: counter,
                name: text("name"), version: node[key: "version"]?.intValue, manifest: text("manifest"),
                signer: text("signer"), reason: text("reason"), person: text("person"), time: time,
                replaced: text("replaced"), runtimeVersion: text("runtimeVersion") ?? "",
                emergency: text("emergency"), act: act),
            host: host)
    }
}
