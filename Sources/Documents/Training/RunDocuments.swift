package import Basics
import Registry
package import Workflows

/// One run: what decided it and what came out.
package struct RunDocument: Document {
    private let details: ReadRuns.Details

    package init(_ details: ReadRuns.Details) { self.details = details }

    package var body: JSONValue {
        var node = RunDocument.node(details.entry)
        node[key: "artefacts"] = .list(
            details.artefacts.map {
                .map(["name": .string($0.name.rawValue), "digest": .string($0.digest), "size": .int($0.size)])
            })
        node[key: "evaluations"] = .list(details.evaluations.map(EvaluationRecordText.node))
        node[key: "span"] = details.span
        return node
    }

    static func node(_ entry: ReadRuns.Entry) -> JSONValue {
        let run = entry.run, contents = entry.contents
        return .map([
            "id": .string(run.id), "name": .string(run.name), "experiment": .string(run.experiment),
            "kind": .string(run.kind.rawValue), "status": .string(run.status.rawValue),
            "startedAt": .string(TimeText.utc(run.startedAt)),
            "seconds": .double(run.endedAt.map { Double($0 - run.startedAt) * 1e-9 }),
            "seed": run.seed.map { .int($0) } ?? .null, "dataDigest": .string(run.dataDigest),
            "gitCommit": .string(run.gitCommit), "gitDirty": .strings(run.gitDirty),
            "toolVersion": .string(run.toolVersion), "user": .string(run.user), "parent": .string(run.parent),
            "parameters": .map(contents.parameters.map { ($0.key, .string($0.value)) }),
            "tags": .map(contents.tags.map { ($0.key, .string($0.value)) }),
            "metrics": .map(contents.metrics.map { ($0.key, .double($0.value)) }),
            "sampleSet": .string(entry.evaluation(.test)?.sampleSet),
            "strategy": .string(entry.evaluation(.test)?.strategy),
            "testSeenSamples": entry.evaluation(.test)?.seen.map { .int($0) } ?? .null,
            "testIsEvidence": entry.evaluation(.test) == nil ? .null : .bool(entry.isEvidence),
            "validationSampleSet": .string(entry.evaluation(.validation)?.sampleSet),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let run = details.entry.run, contents = details.entry.contents
        let changed = run.gitDirty.isEmpty ? "" : " with \(run.gitDirty.count) changed files"
        var table = TextTable([])
        for row in [
            ("run", run.id), ("name", run.name), ("experiment", run.experiment), ("status", run.status.rawValue),
            ("started", TimeText.seconds(run.startedAt)), ("seed", run.seed.map(String.init) ?? "–"),
            ("threads", run.threads.map(String.init) ?? "–"), ("data", run.dataDigest ?? "–"),
            ("commit", (run.gitCommit ?? "–") + changed),
            ("tool", "hftml \(run.toolVersion), \(run.cpu) kernels on \(run.machine)"), ("user", run.user),
        ] { table.add([row.0, row.1]) }
        func list(_ title: String, _ lines: [String]) -> String {
            ([title] + lines.map { style.wrapped("  " + Escaping.terminal($0), indent: 2) }).joined(separator: "\n")
        }
        var parts = [table.text(style), list("parameters", contents.parameters.map { "\($0.key) = \($0.value)" })]
        if !contents.tags.isEmpty { parts.append(list("tags", contents.tags.map { "\($0.key) = \($0.value)" })) }
        let objections = details.evaluations.compactMap { evaluation in
            evaluation.objection(to: "the run").map { "\(evaluation.name) is no evidence: \($0)" }
        }
        if !objections.isEmpty { parts.append(list("warning", objections)) }
        parts.append(list("measures", contents.metrics.map { "\($0.key) = \(measured($0.value))" }))
        if !details.evaluations.isEmpty { parts.append(EvaluationRecordText.table(details.evaluations).text(style)) }
        if !details.spanLines.isEmpty { parts.append(list("learned from", details.spanLines)) }
        if details.validationLoss.count > 1 { parts.append("validation loss \(sparkline(details.validationLoss))") }
        let artefacts = details.artefacts.map { "\($0.name.rawValue)  \($0.digest.prefix(16))…  \($0.size) bytes" }
        parts.append(list("artefacts", artefacts))
        return parts.joined(separator: "\n\n")
    }
}
