package import Basics
package import Registry

/// All that is on record about a version, gathered once for the documents that go with it: model card, provenance, bill
/// of materials, test result.
package struct VersionFacts: Sendable {
    /// One measure of the run on its test span.
    package struct Measure: Sendable, Equatable {
        /// As the registry calls it, without `test.`: `log_loss`, `ic`, …
        package var name: String
        /// The latest value; its unit is the measure's.
        package var value: Double
        /// The naive forecaster's on the same samples; nil where none is on record.
        package var naive: Double?
        /// 95 %, by block bootstrap on the recorded predictions.
        package var interval: (lower: Double, upper: Double)?

        /// A measure as given.
        package init(name: String, value: Double, naive: Double?, interval: (lower: Double, upper: Double)?) {
            (self.name, self.value, self.naive, self.interval) = (name, value, naive, interval)
        }

        package static func == (a: Measure, b: Measure) -> Bool {
            a.name == b.name && a.value == b.value && a.naive == b.naive && a.interval?.lower == b.interval?.lower
                && a.interval?.upper == b.interval?.upper
        }
    }

    /// What the weights are weights of.
    package struct Architecture: Sendable, Equatable {
        /// The model's, from its recipe.
        package var name: String
        /// Numbers that the network holds, running statistics included.
        package var parameters: Int
        /// Rows of features in one sample.
        package var window: Int
        /// Names, in the order of the columns.
        package var features: [String]
        /// What the network states: `probability`, `basis-points` or `classes`.
        package var output: String
        /// Numbers that it gives for one sample.
        package var outputWidth: Int
        /// Whether a layer carries a state from row to row.
        package var isRecurrent: Bool

        /// An architecture as given.
        package init(
            name: String, parameters: Int, window: Int, features: [String], output: String, outputWidth: Int,
            isRecurrent: Bool
        ) {
            (self.name, self.parameters, self.window, self.features, self.output, self.outputWidth, self.isRecurrent) =
                (name, parameters, window, features, output, outputWidth, isRecurrent)
        }
    }

    /// Weights by digest, who registered them, and their aliases.
    package var version: VersionRecord
    /// The training that made the weights.
    package var run: RunRecord
    /// Of the run, by key.
    package var parameters: [(key: String, value: String)] = []
    /// By name.
    package var measures: [Measure] = []
    /// Files of the run, by name.
    package var artefacts: [ArtefactRecord] = []
    /// Everything that the version was made from.
    package var lineage: LineageGraph
    /// The newest verdict on exactly these weights that an environment's gate signed, else the newest rehearsal; nil
    /// before any.
    package var decision: GateDecisionRecord?
    /// Whether a gate signed the verdict, and who did for what, in words; nil where nobody asked.
    package var decisionSignature: (isSigned: Bool, text: String)?
    /// Approvals, rejections and waivers, oldest first.
    package var statements: [StatementRecord] = []
    /// What happened to the version, oldest first.
    package var history: [AuditEntry] = []
    /// Runs of the experiment, also failed and deleted ones, and the daily ratios of those that have one.
    package var trials = 0
    /// What they were, in words.
    package var trialSummary = ""
    /// Per day, of all trials that have one.
    package var trialSharpes: [Double] = []
    /// What people say; see `Registry/cards/NAME.yaml`.
    package var card: [String: String] = [:]
    /// Nil for weights of another form than ours.
    package var architecture: Architecture?
    /// By which strategies it was traded: what was measured, and the strategy with its costs.
    package var strategies: [(what: String, strategy: String)] = []
    /// First and last test prediction.
    package var testSpan: (first: Nanoseconds, last: Nanoseconds)?
    /// Of the run's test: samples, and how many of them the model or an ancestor learned from; both nil where that is
    /// not known.
    package var testSeen: (seen: Int?, samples: Int?) = (nil, nil)
    /// Limits that the version may run under, with the digest of their text.
    package var limits: (json: JSONValue, digest: String)?
    /// SHA-256 of the bundle that a promotion made; nil before one.
    package var bundle: String?
    /// When the facts were gathered, UTC.
    package var time: Nanoseconds

    /// What every version has; the rest is set afterwards.
    package init(version: VersionRecord, run: RunRecord, lineage: LineageGraph, time: Nanoseconds) {
        self.version = version
        self.run = run
        self.lineage = lineage
        self.time = time
    }

    func nodes(_ kind: LineageNode.Kind) -> [LineageNode] { lineage.nodes.filter { $0.kind == kind } }

    /// `sha256:…` or `md5:…` of a node's id, as algorithm and hexadecimal digits.
    static func digest(_ id: String) -> (algorithm: String, value: String)? {
        let parts = id.split(separator: ":").map(String.init)
        guard parts.count == 2, ["sha256", "md5"].contains(parts[0]) else { return nil }
        return (parts[0], parts[1].hasSuffix(".dir") ? String(parts[1].dropLast(4)) : parts[1])
    }

    /// How the split was made, from the run's recipe.
    var split: String? { (try? JSONParser.parse(run.config))?[key: "split"]?.text(.compact) }

    /// Who developed, who registered: without machines.
    var developer: String { run.user.split(separator: "@").first.map(String.init) ?? run.user }
}
