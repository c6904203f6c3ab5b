package import Basics

/// What a runtime must report of a bundle within a stated time after its promotion, or the bundle before it comes back.
///
/// A limit that is broken decides at once; too few bars at the end of the time are no evidence of health, and decide
/// the same way.
package struct HealthRule: Sendable, Equatable {
    /// How long the runtime has to show its health; 60 by default.
    package let withinSeconds: Double
    /// Bars that must have come before the bundle counts as healthy; 1 by default.
    package let minimumBars: Int
    /// Of the orders, those that the risk engine denied: 0 to 1; 1, which allows all, by default.
    package let maximumDeniedShare: Double
    /// In currency, after fees; nil for no limit.
    package let maximumLoss: Double?
    /// From bar to decision at the 99th percentile; nil for no limit.
    package let maximumP99Microseconds: Double?

    /// What the section `health` of a policy may hold.
    package static let keys = [
        "withinSeconds", "minimumBars", "maximumDeniedShare", "maximumLoss", "maximumP99Microseconds",
    ]

    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, path: "health", keys: HealthRule.keys)
        withinSeconds = try reader.double("withinSeconds", default: 60, in: 0.1...86_400)
        minimumBars = try reader.int("minimumBars", default: 1, in: 1...Int.max)
        maximumDeniedShare = try reader.double("maximumDeniedShare", default: 1, in: 0...1)
        maximumLoss = try reader.optionalDouble("maximumLoss", in: 0...1e15)
        maximumP99Microseconds = try reader.optionalDouble("maximumP99Microseconds", in: 0...1e9)
    }

    /// What the section holds, with every default.
    package var json: JSONValue {
        .map([
            "withinSeconds": .double(withinSeconds), "minimumBars": .int(minimumBars),
            "maximumDeniedShare": .double(maximumDeniedShare), "maximumLoss": .double(maximumLoss),
            "maximumP99Microseconds": .double(maximumP99Microseconds),
        ])
    }

    /// What a report says so far, with the measured numbers in a sentence.
    package enum Verdict: Sendable, Equatable {
        case healthy(String)
        case unhealthy(String)
        /// Nothing is wrong so far, but there is too little to say that nothing is.
        case waiting(String)
    }

    /// Whether a report shows health already; waiting is not healthy.
    package func isHealthy(_ report: JSONValue?, bundle: String) -> Bool {
        if case .healthy = evaluate(report, bundle: bundle) { true } else { false }
    }

    /// - Parameter report: `health.json` of the environment; nil where there is none about this bundle.
    package func evaluate(_ report: JSONValue?, bundle: String) -> Verdict {
        guard let report, report[key: "bundle"]?.stringValue == bundle, let bars = report[key: "bars"]?.intValue else {
            return .waiting("the runtime has reported nothing about the bundle")
        }
        func count(_ key: String) -> Int { report[key: key]?.intValue ?? 0 }
        let (orders, isTooMany) = count("submitted").addingReportingOverflow(count("denied"))
        if isTooMany { return .unhealthy("the reported number of orders is out of range") }
        let profit = report[key: "profit"]?.doubleValue ?? .nan,
            p99 = Double(count("p99Ns")) / 1000
        if report[key: "halted"]?.boolValue == true { return .unhealthy("trading is halted") }
        if count("undefined") > 0 {
            return .unhealthy("\(count("undefined")) of \(count("predictions")) predictions are not numbers")
        }
        if !profit.isFinite { return .unhealthy("the reported profit is not a number") }
        if let maximumLoss, profit < -maximumLoss {
            return .unhealthy("it lost \(rounded(-profit, 2)), allowed \(rounded(maximumLoss, 2))")
        }
        guard bars >= minimumBars else { return .waiting("\(bars) bars, required \(minimumBars)") }
        let share = orders > 0 ? Double(count("denied")) / Double(orders) : 0
        if share > maximumDeniedShare {
            return .unhealthy(
                "\(percent(share, 1)) of \(orders) orders were denied, allowed \(percent(maximumDeniedShare, 1))"
            )
        }
        if let maximumP99Microseconds, p99 > maximumP99Microseconds {
            return .unhealthy(
                "bar to decision takes \(rounded(p99, 1)) µs at the 99th percentile, allowed "
                    + "\(rounded(maximumP99Microseconds, 1))"
            )
        }
        return .healthy("\(bars) bars, \(orders) orders, \(count("denied")) denied, profit \(rounded(profit, 2))")
    }
}
