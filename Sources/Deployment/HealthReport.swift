package import Basics
package import ModelBundles

/// How a bundle does since it was put in force, as the loop reports it in `health.json`, signed by the host's key.
/// Promotion reads it to decide whether the bundle stays, and for how long a canary has traded.
///
/// Version 1 had no signature: whoever could write the file decided. It says nothing any more.
package struct HealthReport: Sendable, Equatable {
    /// Media type of the signed payload.
    package static let payloadType = "application/vnd.hftml.health+json"
    /// The largest file that is read.
    package static let mostBytes = 1 << 20

    /// Name of the environment.
    package var environment = ""
    /// Of the order that put the bundle in force.
    package var counter = 0
    /// Of the order that is in force at the host: another one where the loop could not take it up, and has to be
    /// started anew. Nil where nobody tells.
    package var inForce: Int?
    /// When the host's loop traded, with this and earlier bundles.
    package var runs: [RevisionHistory.Run] = []
    /// What an operator should mend at the host, and what it mended by itself since the loop began.
    package var problems: [String] = []
    /// SHA-256 of the bundle's bytes.
    package var bundle: String
    /// Bars since it was put in force.
    package var bars: Int
    /// Predictions since then.
    package var predictions: Int
    /// Predictions that are no finite numbers.
    package var undefined: Int
    /// Orders that passed the risk engine.
    package var submitted: Int
    /// Orders that it refused.
    package var denied: Int
    /// Orders that filled.
    package var filled: Int
    /// After fees, in currency, realised and not.
    package var profit: Double
    /// From bar to decision, in nanoseconds, since the start of the loop.
    package var p99Ns: Int
    /// Whether no new positions were opened when the report was made: halted, or only allowed to reduce.
    package var isHalted: Bool
    /// When it was made.
    package var time: Nanoseconds

    /// A report as given.
    package init(
        bundle: String, bars: Int, predictions: Int, undefined: Int, submitted: Int, denied: Int, filled: Int,
        profit: Double, p99Ns: Int, isHalted: Bool, time: Nanoseconds
    ) {
        (self.bundle, self.bars, self.predictions, self.undefined) = (bundle, bars, predictions, undefined)
        (self.submitted, self.denied, self.filled, self.profit) = (submitted, denied, filled, profit)
        (self.p99Ns, self.isHalted, self.time) = (p99Ns, isHalted, time)
    }

    /// What is signed.
    package var json: JSONValue {
        .map([
            "schemaVersion": .int(2), "environment": .string(environment), "counter": .int(counter),
            "bundle": .string(bundle), "bars": .int(bars), "predictions": .int(predictions),
            "undefined": .int(undefined), "submitted": .int(submitted),
            "denied": .int(denied), "filled": .int(filled), "profit": .double(profit), "p99Ns": .int(p99Ns),
            "halted": .bool(isHalted), "time": .string(TimeText.utc(time)), "runs": .list(runs.map(\.json)),
            "problems": .strings(problems), "inForce": inForce.map { .int($0) } ?? .null,
        ])
    }

    /// What a host of an environment signed of its health.
    package struct Signed: Sendable {
        /// What ``HealthReport/json`` holds.
        package let report: JSONValue
        /// When the loop traded.
        package let runs: [RevisionHistory.Run]
    }

    /// Reads a file.
    ///
    /// - Parameters:
    ///   - hosts: keys of the environment's hosts; one that was revoked or has ended says nothing.
    ///   - now: a report is of now.
    /// - Throws: ``Failure`` with code `health.unsigned` for what no host of the environment signed, ``ConfigError``.
    package static func read(
        _ bytes: [UInt8], hosts: [PublicKey], environment: String, at now: Nanoseconds, in place: String
    ) throws -> Signed {
        guard let envelope = try? Envelope(String(decoding: bytes, as: UTF8.self)),
            envelope.payloadType == payloadType,
            !envelope.signers(among: hosts.filter { $0.objection(at: now) == nil }).isEmpty,
            let node = try? JSONParser.parse(envelope.payload, file: place),
            node[key: "environment"]?.stringValue == environment
        else {
            throw Failure(
                "health.unsigned", "found a health report in '\(place)' that no host of '\(environment)' signed",
                hint: "let a runtime of this release report: hftml-runtime replay ENVIRONMENT DATA")
        }
        return Signed(
            report: node, runs: try (node[key: "runs"]?.listValue ?? []).map { try RevisionHistory.Run($0) })
    }

    /// Written beside, then renamed; not forced to the disk, since the next one is a quarter of a second away.
    ///
    /// - Throws: ``FileError``.
    package func write(to path: String, by host: any Signer) throws {
        let text = try Envelope(payloadType: HealthReport.payloadType, payload: json.text(.compact), signer: host).text
        try AtomicFile.write(to: path, isDurable: false) { try $0.append(text + "\n") }
    }
}
