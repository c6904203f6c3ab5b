package import Basics

/// What the runtime says about a bundle it was handed; one JSON file each, read back by `hftml deployments`.
package struct Receipt: Sendable, Equatable {
    /// What became of the bundle; raw values are words of the file.
    package enum Outcome: String, Sendable {
        case installed, refused, rolledBack = "rolled-back"
    }

    /// Its name.
    package var environment: String
    /// What became of the bundle.
    package var outcome: Outcome
    /// SHA-256 of the bundle's bytes.
    package var bundle: String
    /// Of the model; nil, as version and signer, for a bundle that was refused.
    package var name: String?
    /// Of the model.
    package var version: Int?
    /// Name of the key that signed.
    package var signer: String?
    /// Why it was refused, after the error's code.
    package var reason: String?
    /// When the receipt was made.
    package var time: Nanoseconds
    /// Digest of the bundle that was in force before, if any.
    package var replaced: String?
    /// Of the program that made it.
    package var runtimeVersion: String

    /// A receipt as given.
    package init(
        environment: String, outcome: Outcome, bundle: String, name: String? = nil, version: Int? = nil,
        signer: String? = nil, reason: String? = nil, time: Nanoseconds, replaced: String? = nil,
        runtimeVersion: String = ToolVersion.current
    ) {
        (self.environment, self.outcome, self.bundle, self.name) = (environment, outcome, bundle, name)
        (self.version, self.signer, self.reason, self.time) = (version, signer, reason, time)
        (self.replaced, self.runtimeVersion) = (replaced, runtimeVersion)
    }

    /// What the file holds.
    package var json: JSONValue {
        .map([
            "schemaVersion": .int(1), "environment": .string(environment), "outcome": .string(outcome.rawValue),
            "bundle": .string(bundle), "name": .string(name), "version": version.map { .int($0) } ?? .null,
            "signer": .string(signer), "reason": .string(reason), "time": .string(TimeText.utc(time)),
            "timeNs": .int(Int(time)),
            "replaced": .string(replaced), "runtimeVersion": .string(runtimeVersion),
        ])
    }

    /// One line for people.
    package var text: String {
        let what = name.map { "\($0)/\(version ?? 0)" } ?? String(bundle.prefix(12))
        return "\(outcome.rawValue): \(what)" + (reason.map { " — \($0)" } ?? "")
    }
}
