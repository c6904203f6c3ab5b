package import Basics
import Pipelines
package import Workflows

/// What became of pipelines that were reproduced: also where a stage failed, or a signal ended the run.
package struct ReproductionDocument: Document {
    private let outcome: ReproducePipelines.Outcome
    private let isDryRun: Bool

    package init(_ outcome: ReproducePipelines.Outcome, isDryRun: Bool) {
        self.outcome = outcome
        self.isDryRun = isDryRun
    }

    package var isRefusal: Bool { outcome.failure?.exitStatus == .refused && outcome.interruption == nil }
    package var isFailure: Bool { outcome.failure.map { $0.exitStatus != .refused } ?? false }
    package var signal: Int32? { outcome.interruption }

    package var body: JSONValue {
        var pairs: [(String, JSONValue)] = [("pipelines", .list(outcome.pipelines.map(json)))]
        if let estimate = outcome.estimate {
            pairs.append(
                (
                    "estimate",
                    .map([
                        "stages": .int(estimate.stages), "seconds": .double(estimate.seconds),
                        "bytes": .int(estimate.bytes), "unknown": .int(estimate.unknown),
                    ])
                ))
        }
        if !outcome.unread.isEmpty {
            let items = outcome.unread.map {
                JSONValue.map(["file": .string($0.file), "problem": .string($0.problem)])
            }
            pairs.append(("unread", .list(items)))
        }
        if let failure = outcome.failure {
            pairs += (ErrorDocument(failure).body.mapValue ?? []).map { ($0.key, $0.value) }
        }
        if let signal = outcome.interruption { pairs.append(("signal", .int(Int(signal)))) }
        return .map(pairs)
    }

    private func json(_ item: ReproducePipelines.Reproduced) -> JSONValue {
        let planned = item.planned.map { plan in
            JSONValue.map([
                "stage": .string(plan.stage), "action": .string(plan.isRestored ? "restore" : "run"),
                "certain": .bool(plan.isCertain), "reasons": .strings(plan.reasons),
            ])
        }
        var pairs: [(String, JSONValue)] = [
            ("pipeline", .string(item.pipeline)),
            ("ran", .list(item.ran.map { .map(["stage": .string($0.stage), "seconds": .double($0.seconds)]) })),
            ("restored", .strings(item.restored)), ("current", .strings(item.current)), ("wouldRun", .list(planned)),
            ("seconds", .double(item.seconds)),
        ]
        if !item.failed.isEmpty {
            let failed = item.failed.map { error in
                JSONValue.map([
                    "stage": .string(error.stage), "status": .int(Int(error.status)),
                    "message": .string(error.message), "log": .string(error.log),
                ])
            }
            pairs.append(("failed", .list(failed)))
        }
        if !item.blocked.isEmpty { pairs.append(("blocked", .strings(item.blocked))) }
        if !item.inPart.isEmpty {
            let items = item.inPart.map { JSONValue.map(["stage": .string($0.stage), "left": .int($0.left)]) }
            pairs.append(("inPart", .list(items)))
        }
        if !item.leftOut.isEmpty { pairs.append(("leftOut", .strings(item.leftOut))) }
        if !item.unrecorded.isEmpty {
            let items = item.unrecorded.map {
                JSONValue.map(["stage": .string($0.stage), "reason": .string($0.reason)])
            }
            pairs.append(("unrecorded", .list(items)))
        }
        return .map(pairs)
    }

    package func text(_ style: TextStyle) -> String {
        if isDryRun { return "" }
        let shown = outcome.pipelines.filter {
            outcome.failure == nil && outcome.interruption == nil || !$0.ran.isEmpty || !$0.restored.isEmpty
        }
        return shown.map { style.wrapped(sentence($0), indent: 2) }.joined(separator: "\n")
    }

    private func sentence(_ item: ReproducePipelines.Reproduced) -> String {
        if item.ran.isEmpty, item.restored.isEmpty {
            let time = fixed(item.seconds * 1000, 1)
            let count = item.current.count
            let all =
                count == 1 ? "its one stage is" : count == 0 ? "no stage is out of date" : "all \(count) stages are"
            return "\(item.pipeline): nothing to do, \(all)\(count == 0 ? "" : " up to date") (\(time) ms)"
        }
        return "\(item.pipeline): \(counted(item.ran.count, "stage")) run, \(item.restored.count) restored, "
            + "\(item.current.count) up to date in \(fixed(item.seconds, 1)) s" + rest(item)
    }

    private func rest(_ item: ReproducePipelines.Reproduced) -> String {
        guard !item.inPart.isEmpty else { return "" }
        let left = item.inPart.reduce(0) { $0 + $1.left }
        let counts = [(left, "partition"), (item.leftOut.count, "stage")].filter { $0.0 > 0 }
        guard !counts.isEmpty else { return "; this is a part: run without --where for the whole" }
        let all = counts.map { counted($0.0, $0.1) }.joined(separator: " and ")
        let isOne = counts.count == 1 && counts[0].0 == 1
        return "; \(all) \(isOne ? "is" : "are") left out: run without --where for \(isOne ? "it" : "them")"
    }

    private func counted(_ count: Int, _ noun: String) -> String { "\(count) \(noun)\(count == 1 ? "" : "s")" }
}
