package import Basics
import Registry
package import Workflows

/// Runs, a row each. Numbers of a column are of one sample set; what was measured on another is marked, not shown.
package struct RunListDocument: Document {
    private let listing: ReadRuns.Listing

    package init(_ listing: ReadRuns.Listing) { self.listing = listing }

    package var body: JSONValue {
        .map([
            ("runs", .list(listing.entries.map(RunDocument.node))), ("total", .int(listing.total)),
            ("offset", .int(listing.offset)),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let validation = SharedIdentity(listing.entries, .validation), test = SharedIdentity(listing.entries, .test)
        var table = TextTable(
            ["run", "name", "experiment", "status", "started", "seconds", "val loss", "test return", "Sharpe/yr"],
            rightAligned: [5, 6, 7, 8], kept: [1])
        for entry in listing.entries {
            let run = entry.run, values = Dictionary(entry.contents.metrics.map { ($0.key, $0.value) }) { $1 }
            table.add([
                String(run.id.prefix(8)), run.name, run.experiment, run.status.rawValue,
                TimeText.seconds(run.startedAt),
                run.endedAt.map { fixed(Double($0 - run.startedAt) * 1e-9, 1) } ?? "–",
                validation.cell(values["best.val.loss"], of: entry) { shown($0) },
                test.cell(values["test.return"], of: entry) {
                    fixed($0 * 100, 2) + " %\(entry.isEvidence ? "" : " !")"
                },
                test.cell(values["test.sharpe_annual"], of: entry) { fixed($0, 2) + (entry.isEvidence ? "" : " !") },
            ])
        }
        var lines = [table.text(style)]
        lines += [validation.footer("val loss"), test.footer("test")].compactMap { $0 }.map {
            style.wrapped($0, indent: 2)
        }
        let void = listing.entries.count { !$0.isEvidence }
        if void > 0 {
            lines.append(
                style.wrapped(
                    "! marks \(void) \(void == 1 ? "test that is" : "tests that are") no evidence: samples were "
                        + "learned from, or nobody knows; see: hftml runs show RUN", indent: 2))
        }
        let last = listing.offset + listing.entries.count
        if last < listing.total || listing.offset > 0 {
            let more = last < listing.total ? "; the next: --offset \(last)" : ""
            lines.append("runs \(min(listing.offset + 1, last)) to \(last) of \(listing.total)\(more)")
        }
        return lines.joined(separator: "\n")
    }
}

/// The identity that the numbers of a column share: that of most rows, of the newest where several are as many.
private struct SharedIdentity {
    private let role: EvaluationRecord.Role
    private let identity: String?
    private var others = 0

    init(_ entries: [ReadRuns.Entry], _ role: EvaluationRecord.Role) {
        self.role = role
        let all = entries.compactMap { SharedIdentity.identity(of: $0, role) }
        let counts = Dictionary(all.map { ($0, 1) }, uniquingKeysWith: +), most = counts.values.max() ?? 0
        identity = all.first { counts[$0] == most }
        others = all.count - most
    }

    /// Nil for a run without such numbers. Runs of before sample sets were kept share those of their table.
    private static func identity(of entry: ReadRuns.Entry, _ role: EvaluationRecord.Role) -> String? {
        let key = role == .test ? "test." : "best.val."
        guard entry.contents.metrics.contains(where: { $0.key.hasPrefix(key) }) else { return nil }
        guard let record = entry.evaluation(role), let samples = record.sampleSet else {
            // What decided the samples, as far as it is on record.
            let decided = entry.contents.parameters.filter { $0.key == "window" || $0.key.hasPrefix("split.") }
            return "unknown samples of \(entry.run.dataDigest ?? "no table") \(decided.map { "\($0.key)=\($0.value)" })"
        }
        return "\(samples) \(record.strategy ?? "")"
    }

    func cell(_ value: Double?, of entry: ReadRuns.Entry, _ text: (Double) -> String) -> String {
        guard let value else { return "–" }
        let own = SharedIdentity.identity(of: entry, role)
        if own == identity { return text(value) }
        guard let record = entry.evaluation(role), let samples = record.sampleSet else { return "≠ unknown" }
        let isSameSamples = identity?.hasPrefix(samples) == true
        return isSameSamples ? "≠ \(record.strategy?.prefix(8) ?? "")" : "≠ \(samples.prefix(8))"
    }

    /// What the column is of, where not all rows are.
    func footer(_ column: String) -> String? {
        guard others > 0, let identity else { return nil }
        let parts = identity.split(separator: " ")
        let what =
            identity.hasPrefix("unknown")
            ? "unknown samples"
            : "samples \(parts[0].prefix(8))"
                + (parts.count > 1 ? ", \(role == .test ? "strategy" : "loss") \(parts[1].prefix(8))" : "")
        return "\(column): \(what); ≠ marks \(others) \(others == 1 ? "run" : "runs") measured on others, shown with "
            + "--samples or --strategy and these digits"
    }
}
