import Backtesting
package import Basics

/// The version, chosen as the best of all trials, earns more than a benchmark beyond the luck of the draw: Hansen's
/// test of superior predictive ability, calibrated for few days and many trials.
package struct Superior: GateRule {
    package static let name = "superior"
    package static let summary = "The version earns more than a benchmark, beyond luck."
    package static let keys = ["benchmark", "maximumP", "minimumDays"]

    enum Benchmark: String, CaseIterable {
        /// Doing nothing.
        case cash
        /// Always long the same instruments.
        case market
        /// The version in force; holds when there is none.
        case incumbent
    }

    let benchmark: Benchmark
    let maximumP: Double
    /// Fewer show nothing.
    let minimumDays: Int
    package var distinction: String? { benchmark.rawValue }

    package init(_ reader: ConfigReader) throws {
        benchmark = try reader.choice("benchmark", default: .cash)
        maximumP = try reader.double("maximumP", default: 0.05, in: 0...1)
        minimumDays = try reader.int("minimumDays", default: 20, in: 5...100_000)
    }

    package func evaluate(_ evidence: GateEvidence) -> GateVerdict {
        let own = evidence.backtest
        var against: BarBacktest.Result?
        switch benchmark {
        case .cash: break
        case .market: against = evidence.market
        case .incumbent:
            if let objection = evidence.incumbentObjection { return .noEvidence(objection) }
            guard evidence.incumbent != nil else { return GateVerdict(true, "there is no incumbent") }
            guard let theirs = evidence.incumbentBacktest else {
                return .noEvidence("the incumbent has no backtest on these days")
            }
            against = theirs
        }
        var differences = own.dailyReturns.map { [$0] }
        if let against {
            let byDay = Dictionary(zip(against.days, against.dailyReturns)) { $1 }
            let paired = zip(own.days, own.dailyReturns).compactMap { day, value in byDay[day].map { [value - $0] } }
            guard paired.count == differences.count else {
                return .noEvidence(
                    "\(paired.count) of \(differences.count) days have a return of the \(benchmark.rawValue)")
            }
            differences = paired
        }
        guard differences.count >= minimumDays else {
            return .noEvidence("\(differences.count) days are too few, required at least \(minimumDays)")
        }
        let block = StationaryBootstrap.automaticBlock(differences.map { $0[0] })
        guard let test = SuperiorPredictiveAbility(differences: differences, block: block, replicates: 2000) else {
            return .noEvidence("\(differences.count) days are too few")
        }
        let p = test.pValue(bestOf: evidence.trials, block: block, count: differences.count)
        return GateVerdict(
            p <= maximumP && test.means[0] > 0,
            "daily return less that of \(benchmark.rawValue) is \(rounded(test.means[0] * 10_000, 2)) bps, p = "
                + "\(rounded(p)) over \(differences.count) days as the best of \(evidence.trials) trial"
                + "\(evidence.trials == 1 ? "" : "s"), required p at most \(maximumP)",
            values: .map([
                "mean": .double(test.means[0]), "p": .double(p), "trials": .int(evidence.trials),
                "days": .int(differences.count),
                "block": .double(block),
            ]))
    }
}
