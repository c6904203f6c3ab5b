package import Backtesting
package import Basics
import ModelBundles
package import Registry

/// What a gate decides on. Made anew from recorded predictions and records, never taken from a report's numbers. A part
/// that is nil is missing, and a rule that needs it fails.
package struct GateEvidence: Sendable {
    /// The version, as `NAME/NUMBER`.
    package var subject: String
    /// Predictions on the test span, recomputed from the registered weights.
    package var predictions: Predictions
    /// Measures of these predictions by name, `roc_auc` and the like.
    package var metrics: [String: Double]
    /// The same measures of the naive forecaster on the same samples.
    package var baselineMetrics: [String: Double]
    /// The strategy after costs on the test span.
    package var backtest: BarBacktest.Result
    /// The identity by which the registry counts the strategy; nil where it is not known.
    package var strategy: String?
    /// What that strategy pays for a round trip, in basis points; nil where it is not known.
    package var costBps: Double?
    /// Always long on the same samples.
    package var market: BarBacktest.Result
    /// Names of instruments, by their number in the predictions.
    package var instruments: [String] = []
    /// All chances to look good: runs of the experiment and trainings on the same raw data, also failed and deleted
    /// ones, and every further strategy that one of their models was judged by.
    package var trials: Int
    /// What ``trials`` is the sum of; nil where it is not known.
    package var trialCount: TrialCount?
    /// Daily Sharpe ratios of the trials that have one.
    package var trialSharpes: [Double]
    /// After-cost returns of trials over the same periods, `[trial][period]`.
    package var trialReturns: [[Double]] = []
    /// Predictions of the incumbent on the same samples, if there is an incumbent, already paired.
    package var incumbent: (reference: String, own: Predictions, theirs: Predictions)?
    /// Why the incumbent cannot be compared on these samples; nil where it can, or where there is none.
    package var incumbentObjection: String?
    /// Test samples that an ancestor of the model learned from, of all, by whom, and ancestors of which nobody knows
    /// what they saw; nil where nobody traced it.
    package var span: (seen: Int, of: Int, learners: [String], unknown: [String])?
    /// What the incumbent earned in the days of the test span.
    package var incumbentBacktest: BarBacktest.Result?
    /// The chosen measure of the runs that differ from this one in their seed alone.
    package var seedMetrics: [[String: Double]] = []
    /// Verdict of the quality report behind the features; nil when none is recorded.
    package var qualityPassed: Bool?
    /// Kinds of all nodes that the version was made from, as lineage writes them: `raw-data`, `code`, …
    package var lineageKinds: Set<String>
    /// Digest of the lineage graph, which a statement names as its signer saw it.
    package var lineageDigest = ""
    /// SHA-256 of the weights, in hexadecimal digits: what a statement must be about.
    package var weights = ""
    /// The commit that the run was made with, and the files that differed from it.
    package var commit: String?
    /// Files that differed from ``commit`` when the run began.
    package var dirtyFiles: [String]
    /// Who made the run and registered the version, without the machine.
    package var authors: Set<String> = []
    /// Verified statements of people about this version, and why others do not count.
    package var statements: [Statement.Verified] = []
    /// Why kept statements do not count, a sentence each.
    package var rejectedStatements: [String] = []
    /// Whether a rerun gave the same weights; nil when nobody tried.
    package var reproduction: (isEqual: Bool, detail: String)?
    /// Drift of every feature from the training span to the test span.
    package var featureDrift: [(name: String, drift: ShareDrift)] = []
    /// Correlation of every feature's newest value with the return that follows, on the test span.
    package var featureCorrelation: [(name: String, correlation: Double)] = []
    /// Of every path of the newest combinatorial cross-validation of this recipe on these features: daily Sharpe
    /// ratio, of those that trade.
    package var pathSharpes: [Double] = []
    /// Of every path the maximum drawdown, as a negative fraction; 0 for one that never trades.
    package var pathDrawdowns: [Double] = []
    /// Microseconds for one window, measured at the gate with the runtime's code: median and 99th percentile.
    package var latency: (p50: Double, p99: Double)?
    /// Bytes of the weights.
    package var modelBytes: Int?
    /// Limits that the strategy sets, by name.
    package var riskLimits: Set<String>?
    /// The filled fields of the model card; nil when there is no card.
    package var card: [String: String]?
    /// The backtest with every trade begun so many bars later.
    package var delayed: (@Sendable (Int) -> BarBacktest.Result)?
    /// What the real program did with the bundle on the test span; nil where nobody let it run.
    package var rehearsal: RehearsalEvidence?
    /// The last rollback of these weights in the environment; nil for none, and without an environment.
    package var takenBack: TakenBack?
    /// The moment of the decision.
    package var now: Nanoseconds = 0
    /// Digest of the policy that evaluates, set by ``GatePolicy/evaluate(_:)``: what a statement must be about.
    package internal(set) var policyDigest = ""

    /// Evidence without the parts that a rule may find missing; they are set afterwards.
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

extension GateEvidence {
    /// The samples that this version and the incumbent are compared on, for people: how many, of which instruments.
    var comparedOn: String {
        guard let incumbent else { return "no samples" }
        let names = Set(incumbent.own.bars.map(\.instrument)).sorted().compactMap {
            instruments.indices.contains(Int($0)) ? instruments[Int($0)] : nil
        }
        let shown = names.prefix(3).joined(separator: ", ") + (names.count > 3 ? " and \(names.count - 3) more" : "")
        return "\(incumbent.own.targets.count) samples" + (names.isEmpty ? "" : " of \(shown)")
    }
}
