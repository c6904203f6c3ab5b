import Basics

/// How a bundle does since it was put in force, as the loop reports it in `health.json`. Promotion reads it to decide
/// whether the bundle stays.
package struct HealthReport: Sendable, Equatable {
    package var bundle: String
    package var bars: Int
    package var predictions: Int
    /// Predictions that are not numbers.
    package var undefined: Int
    package var submitted: Int
    package var denied: Int
    package var filled: Int
    /// After fees, in currency, realised and not.
    package var profit: Double
    /// From bar to decision.
    package var p99Ns: Int
    package var isHalted: Bool
    package var time: Nanoseconds

    package var json: JSONValue {
        .map([
            "schemaVersion": .int(1), "bundle": .string(bundle), "bars": .int(bars), "predictions": .int(predictions),
            "undefined": .int(undefined), "submitted": .int(submitted),
            "denied": .int(denied), "filled": .int(filled), "profit": .double(profit), "p99Ns": .int(p99Ns),
            "halted": .bool(isHalted), "time": .string(TimeText.utc(time)),
        ])
    }

    /// Beside, then renamed; not forced to the disk, since the next one is a quarter of a second away.
    func write(to path: String) throws {
        let text = json.text(.pretty) + "\n"
        try AtomicFile.write(to: path, isDurable: false) { try $0.append(text) }
    }
}
