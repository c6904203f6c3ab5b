package import Basics
package import Workflows

/// What became of pipelines that were reproduced.
package struct ReproductionDocument: Document {
    private let pipelines: [ReproducePipelines.Reproduced]
    private let isDryRun: Bool

    package init(_ outcome: ReproducePipelines.Outcome, isDryRun: Bool) {
        pipelines = outcome.pipelines
        self.isDryRun = isDryRun
    }

    package var body: JSONValue { .map([("pipelines", .list(pipelines.map(json)))]) }

    private func json(_ item: ReproducePipelines.Reproduced) -> JSONValue {
        let planned = item.planned.map { plan in
            JSONValue.map([
                "stage": .string(plan.stage), "action": .string(plan.isRestored ? "restore" : "run"),
                "certain": .bool(plan.isCertain), "reasons": .strings(plan.reasons),
            ])
        }
        return .map([
            ("pipeline", .string(item.pipeline)),
            ("ran", .list(item.ran.map { .map(["stage": .string($0.stage), "seconds": .double($0.seconds)]) })),
            ("restored", .strings(item.restored)), ("current", .strings(item.current)), ("wouldRun", .list(planned)),
            ("seconds", .double(item.seconds)),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        isDryRun ? "" : pipelines.map { style.wrapped(sentence($0), indent: 2) }.joined(separator: "\n")
    }

    private func sentence(_ item: ReproducePipelines.Reproduced) -> String {
        if item.ran.isEmpty, item.restored.isEmpty {
            let time = fixed(item.seconds * 1000, 1)
            return "\(item.pipeline): nothing to do, all \(item.current.count) stages are up to date (\(time) ms)"
        }
        return "\(item.pipeline): \(item.ran.count) stages run, \(item.restored.count) restored, "
            + "\(item.current.count) up to date in \(fixed(item.seconds, 1)) s"
    }
}
