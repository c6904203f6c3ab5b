import Basics

/// What the runtime says about a bundle it was handed; one JSON file each, read back by `hftml deployments`.
package struct Receipt: Sendable, Equatable {
    package enum Outcome: String, Sendable {
        case installed, refused, rolledBack = "rolled-back"
    }

    package var environment: String
    package var outcome: Outcome
    /// SHA-256 of the bundle's bytes.
    package var bundle: String
    package var name: String?
    package var version: Int?
    package var signer: String?
    package var reason: String?
    package var time: Nanoseconds
    /// The bundle that was in force before, if any.
    package var replaced: String?
    package var runtimeVersion: String

    package var json: JSONValue {
        .map([
            "schemaVersion": .int(1), "environment": .string(environment), "outcome": .string(outcome.rawValue),
            "bundle": .string(bundle), "name": .string(name), "version": version.map { .int($0) } ?? .null,
            "signer": .string(signer), "reason": .string(reason), "time": .string(TimeText.utc(time)),
            "timeNs": .int(Int(time)),
            "replaced": .string(replaced), "runtimeVersion": .string(runtimeVersion),
        ])
    }
}
