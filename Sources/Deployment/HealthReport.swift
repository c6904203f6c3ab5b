package import Basics

/// How a bundle does since it was put in force, as the loop reports it in `health.json`. Promotion reads it to decide
/// whether the bundle stays.
package struct HealthReport: Sendable, Equatable {
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

    /// What the file holds.
    package var json: JSONValue {
        .map([
            "schemaVersion": .int(1), "bundle": .string(bundle), "bars": .int(bars), "predictions": .int(predictions),
            "undefined": .int(undefined), "submitted": .int(submitted),
            "denied": .int(denied), "filled": .int(filled), "profit": .double(profit), "p99Ns": .int(p99Ns),
            "halted": .bool(isHalted), "time": .string(TimeText.utc(time)),
        ])
    }

    /// Written beside, then renamed; not forced to the disk, since the next one is a quarter of a second away.
    ///
    /// - Throws: ``FileError``.
    package func write(to path: String) throws {
        let text = json.text(.pretty) + "\n"
        try AtomicFile.write(to: path, isDurable: false) { try $0.append(text) }
    }
}
