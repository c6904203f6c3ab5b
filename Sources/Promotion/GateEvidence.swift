import Backtesting
import Basics
import ModelBundles

/// What a gate decides on. Made anew from recorded predictions and records, never taken from a report's numbers. A part
/// that is nil was not there to be had, and a rule that needs it fails.
package struct GateEvidence: Sendable {
    package var subject: String
    /// Predictions on the test span, recomputed from the registered weights.
    package var predictions: Predictions
    /// Measures of these predictions by name, `roc_auc` and the like.
    package var metrics: [String: Double]
    package var baselineMetrics: [String: Double]
    package var backtest: BarBacktest.Result
    /// Always long on the same samples.
    package var market: BarBacktest.Result
    /// Names of instruments, by their number in the predictions.
    package var instruments: [String] = []
    /// All runs of the experiment, also failed and deleted ones.
    package var trials: Int
    /// Daily Sharpe ratios of the trials that have one.
    package var trialSharpes: [Double]
    /// After-cost returns of trials over the same periods, `[trial][period]`.
    package var trialReturns: [[Double]] = []
    /// Predictions of the incumbent on the same samples, if there is an incumbent, already paired.
    package var incumbent: (reference: String, own: Predictions, theirs: Predictions)?
    /// What the incumbent earned in the days of the test span.
    package var incumbentBacktest: BarBacktest.Result?
    /// The chosen measure of the runs that differ from this one in their seed alone.
    package var seedMetrics: [[String: Double]] = []
    /// Verdict of the quality report behind the features; nil when none is recorded.
    package var qualityPassed: Bool?
    package var lineageKinds: Set<String>
    package var lineageDigest = ""
    package var weights = ""
    /// The commit that the run was made with, and the files that differed from it.
    package var commit: String?
    package var dirtyFiles: [String]
    /// Who made the run and registered the version, without the machine.
    package var authors: Set<String> = []
    /// Verified statements of people about this version, and why others do not count.
    package var statements: [Statement.Verified] = []
    package var rejectedStatements: [String] = []
    /// Whether a rerun gave the same weights; nil when nobody tried.
    package var reproduction: (isEqual: Bool, detail: String)?
    /// Drift of every feature from the training span to the test span.
    package var featureDrift: [(name: String, drift: ShareDrift)] = []
    /// Correlation of every feature's newest value with the return that follows, on the test span.
    package var featureCorrelation: [(name: String, correlation: Double)] = []
    /// Of every history of the newest cross-validation of this recipe on these features: daily Sharpe ratio, and
    /// deepest fall as a negative fraction.
    package var pathSharpes: [Double] = []
    package var pathDrawdowns: [Double] = []
    /// Microseconds for one window, measured at the gate with the runtime's code: median and 99th percentile.
    package var latency: (p50: Double, p99: Double)?
    /// Bytes of the weights.
    package var modelBytes: Int?
    /// Limits that the strategy sets, by name.
    package var riskLimits: Set<String>?
    /// The filled fields of the model card; nil when there is no card.
    package var card: [String: String]?
    /// The back-test with every trade begun so many bars later.
    package var delayed: (@Sendable (Int) -> BarBacktest.Result)?
    /// The moment of the decision.
    package var now: Nanoseconds = 0

    package init(
        subject: String, predictions: Predictions, metrics: [String: Double], baselineMetrics: [String: Double],
        backtest: BarBacktest.Result, market: BarBacktest.Result,
        trials: Int, trialSharpes: [Double], lineageKinds: Set<String>, dirtyFiles: [String]
    ) {
        self.subject = subject
        self.predictions = predictions
        self.metrics = metrics
        self.baselineMetrics = baselineMetrics
        self.backtest = backtest
        self.market = market
        self.trials = trials
        self.trialSharpes = trialSharpes
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
    package enum Outcome: String, Sendable {
        case pass, fail
        /// There is nothing to judge by, which counts as a failure.
        case noEvidence = "no-evidence"
    }

    package var outcome: Outcome
    package var reason: String
    package var values: JSONValue

    package var holds: Bool { outcome == .pass }

    package init(_ holds: Bool, _ reason: String, values: JSONValue = .null) {
        outcome = holds ? .pass : .fail
        self.reason = reason
        self.values = values
    }

    package static func noEvidence(_ reason: String) -> GateVerdict {
        var verdict = GateVerdict(false, "no evidence: \(reason)")
        verdict.outcome = .noEvidence
        return verdict
    }
}

func rounded(_ value: Double, _ digits: Int = 4) -> String {
    guard value.isFinite else { return "\(value)" }
    var scale = 1.0
    for _ in 0..<digits { scale *= 10 }
    let result = (value * scale).rounded() / scale
    return result == 0 ? "0" : result.description
}
