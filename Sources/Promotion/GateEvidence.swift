import Backtesting
import Basics

/// What a gate decides on. Made anew from recorded predictions and records, never taken from a report's numbers.
package struct GateEvidence: Sendable {
    package var subject: String
    /// Predictions on the test span, recomputed from the registered weights.
    package var predictions: Predictions
    /// Measures of these predictions by name, `roc_auc` and the like.
    package var metrics: [String: Double]
    package var baselineMetrics: [String: Double]
    package var backtest: BarBacktest.Result
    /// All runs of the experiment, also failed ones.
    package var trials: Int
    /// Daily Sharpe ratios of the trials that have one.
    package var trialSharpes: [Double]
    /// Predictions of the incumbent on the same samples, if there is an incumbent, already paired.
    package var incumbent: (reference: String, own: Predictions, theirs: Predictions)?
    /// Verdict of the quality report behind the features; nil when none is recorded.
    package var qualityPassed: Bool?
    /// Whether the lineage reaches raw data and a commit.
    package var lineageKinds: Set<String>
    /// Files that differed from the commit when the run was made.
    package var dirtyFiles: [String]

    package init(
        subject: String, predictions: Predictions, metrics: [String: Double], baselineMetrics: [String: Double], backtest: BarBacktest.Result,
        trials: Int, trialSharpes: [Double], incumbent: (reference: String, own: Predictions, theirs: Predictions)?, qualityPassed: Bool?,
        lineageKinds: Set<String>, dirtyFiles: [String]
    ) {
        self.subject = subject
        self.predictions = predictions
        self.metrics = metrics
        self.baselineMetrics = baselineMetrics
        self.backtest = backtest
        self.trials = trials
        self.trialSharpes = trialSharpes
        self.incumbent = incumbent
        self.qualityPassed = qualityPassed
        self.lineageKinds = lineageKinds
        self.dirtyFiles = dirtyFiles
    }
}

/// One condition of a policy. A rule states its reason also when it holds; missing evidence is a failure.
package protocol GateRule: Sendable {
    static var name: String { get }
    static var keys: [String] { get }
    init(_ reader: ConfigReader) throws
    func evaluate(_ evidence: GateEvidence) -> GateVerdict
}

/// What one rule says.
package struct GateVerdict: Sendable, Equatable {
    package var holds: Bool
    package var reason: String
    package var values: JSONValue

    package init(_ holds: Bool, _ reason: String, values: JSONValue = .null) {
        self.holds = holds
        self.reason = reason
        self.values = values
    }
}

func rounded(_ value: Double, _ digits: Int = 4) -> String {
    guard value.isFinite else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let result = (value * scale).rounded() / scale
    return result == 0 ? "0" : result.description
}
