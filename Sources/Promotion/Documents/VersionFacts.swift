package import Basics
package import Registry

/// All that is on record about a version, gathered once for the documents that go with it: model card, provenance, bill
/// of materials, test result.
package struct VersionFacts: Sendable {
    package struct Measure: Sendable, Equatable {
        package var name: String
        package var value: Double
        package var naive: Double?
        /// 95 %, by block bootstrap on the recorded predictions.
        package var interval: (lower: Double, upper: Double)?

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
        package var name: String
        package var parameters: Int
        /// Rows of features in one sample.
        package var window: Int
        package var features: [String]
        package var output: String
        package var outputWidth: Int
        package var isRecurrent: Bool

        package init(
            name: String, parameters: Int, window: Int, features: [String], output: String, outputWidth: Int,
            isRecurrent: Bool
        ) {
            (self.name, self.parameters, self.window, self.features, self.output, self.outputWidth, self.isRecurrent) =
                (name, parameters, window, features, output, outputWidth, isRecurrent)
        }
    }

    package var version: VersionRecord
    package var run: RunRecord
    package var parameters: [(key: String, value: String)] = []
    package var measures: [Measure] = []
    package var artefacts: [ArtefactRecord] = []
    package var lineage: LineageGraph
    package var decision: GateDecisionRecord?
    package var statements: [StatementRecord] = []
    /// What happened to the version, oldest first.
    package var history: [AuditEntry] = []
    /// Runs of the experiment, also failed and deleted ones, and the daily ratios of those that have one.
    package var trials = 0
    package var trialSharpes: [Double] = []
    /// What people say; see `Registry/cards/NAME.yaml`.
    package var card: [String: String] = [:]
    /// Nil for weights of another form than ours.
    package var architecture: Architecture?
    /// First and last test prediction.
    package var testSpan: (first: Nanoseconds, last: Nanoseconds)?
    /// Limits that the version may run under, with the digest of their text.
    package var limits: (json: JSONValue, digest: String)?
    package var bundle: String?
    package var time: Nanoseconds

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
