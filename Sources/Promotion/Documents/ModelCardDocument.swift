package import Basics
import Registry

/// The model card: what supervisors ask to be on file about a version (risk controls, section 4), half of it from the
/// record and half from `Registry/cards`. A field that nobody filled is shown as missing, not left out.
package struct ModelCardDocument: Sendable {
    private let facts: VersionFacts

    /// A card of what is on record.
    package init(_ facts: VersionFacts) { self.facts = facts }

    /// For programs, at schema version 1; a field that nobody filled is null.
    package var json: JSONValue {
        let f = facts
        var out = JSONValue.map([
            "schemaVersion": .int(1), "model": .string(f.version.model), "version": .int(f.version.version),
            "weights": .map(["sha256": .string(f.version.weights)]),
            "bundle": .string(f.bundle), "madeAt": .string(TimeText.utc(f.time)),
            "framework": .string(ModelCardDocument.framework), "developer": .string(f.developer),
            "createdAt": .string(TimeText.utc(f.version.createdAt)), "createdBy": .string(f.version.createdBy),
        ])
        let optional = f.card.filter { !ModelCardComplete.required.contains($0.key) }.sorted { $0.key < $1.key }
        out[key: "statements"] = .map(
            ModelCardComplete.required.map { ($0, JSONValue.string(f.card[$0])) }
                + optional.map { ($0.key, JSONValue.string($0.value)) })
        out[key: "code"] = .map([
            "commit": .string(f.run.gitCommit), "changedFiles": .strings(f.run.gitDirty),
            "tool": .string("hftml \(f.run.toolVersion)"),
        ])
        out[key: "training"] = training
        out[key: "architecture"] = architecture
        out[key: "data"] = .list(
            f.lineage.nodes.filter { [.rawData, .featureSpec, .features, .qualityReport].contains($0.kind) }.map {
                JSONValue.map(["kind": .string($0.kind.rawValue), "label": .string($0.label), "digest": .string($0.id)])
            })
        out[key: "testSpan"] =
            f.testSpan.map {
                JSONValue.map([
                    "first": .string(TimeText.utc($0.first)), "last": .string(TimeText.utc($0.last)),
                    "samples": f.testSeen.samples.map { .int($0) } ?? .null,
                    "seenSamples": f.testSeen.seen.map { .int($0) } ?? .null,
                ])
            } ?? .null
        out[key: "strategies"] = .map(f.strategies.map { ($0.what, JSONValue.string($0.strategy)) })
        out[key: "measures"] = .list(f.measures.map(ModelCardDocument.json))
        out[key: "trials"] = .map(["count": .int(f.trials), "dailySharpes": .doubles(f.trialSharpes)])
        var gate = f.decision.map(ModelCardDocument.json) ?? .null
        if f.decision != nil, let signature = f.decisionSignature {
            gate[key: "signed"] = .bool(signature.isSigned)
            gate[key: "signature"] = .string(signature.text)
        }
        out[key: "gate"] = gate
        out[key: "approvals"] = .list(
            f.statements.map {
                JSONValue.map([
                    "kind": .string($0.kind.rawValue), "signer": .string($0.signer), "keyID": .string($0.keyID),
                    "at": .string(TimeText.utc($0.createdAt)), "digest": .string($0.digest),
                ])
            })
        out[key: "limits"] = f.limits.map { JSONValue.map(["digest": .string($0.digest), "values": $0.json]) } ?? .null
        out[key: "history"] = .list(
            f.history.map {
                JSONValue.map([
                    "at": .string(TimeText.utc($0.time)), "who": .string($0.actor), "what": .string($0.action),
                    "subject": .string($0.subject), "entry": .int($0.sequence),
                ])
            })
        return out
    }

    private var training: JSONValue {
        let run = facts.run
        return .map([
            "run": .string(run.id), "experiment": .string(run.experiment), "seed": run.seed.map { .int($0) } ?? .null,
            "threads": run.threads.map { .int($0) } ?? .null,
            "machine": .string(run.machine), "kernels": .string(run.cpu), "split": .string(facts.split),
            "parameters": .map(facts.parameters.map { ($0.key, JSONValue.string($0.value)) }),
        ])
    }

    private var architecture: JSONValue {
        guard let a = facts.architecture else { return .null }
        return .map([
            "name": .string(a.name), "parameters": .int(a.parameters), "window": .int(a.window),
            "output": .string(a.output), "features": .strings(a.features),
        ])
    }

    private static func json(_ m: VersionFacts.Measure) -> JSONValue {
        var node = JSONValue.map([
            "name": .string(m.name), "value": .double(m.value), "naive": .double(m.naive), "interval": .null,
        ])
        if let i = m.interval {
            node[key: "interval"] = .map([
                "lower": .double(i.lower), "upper": .double(i.upper), "confidence": .double(0.95),
            ])
        }
        return node
    }

    private static func json(_ d: GateDecisionRecord) -> JSONValue {
        .map([
            "policy": .string(d.policy), "policyDigest": .string(d.policyDigest), "passed": .bool(d.isPassed),
            "decision": .string(d.digest), "at": .string(TimeText.utc(d.decidedAt)),
            "report": (try? JSONParser.parse(d.report)) ?? .null,
        ])
    }

    /// The guidance that asks for most of the fields, by the name it has since April 2026.
    package static let framework = "SR 26-2 (formerly SR 11-7); RTS 6 articles 5 to 11"

    private static let titles: [(key: String, title: String)] = [
        ("strategySummary", "Strategy"), ("intendedUse", "Intended use"), ("prohibitedUses", "Not to be used for"),
        ("limitations", "Limitations"), ("instruments", "Instruments"),
        ("venues", "Venues"), ("horizon", "Horizon"), ("owner", "Owner"), ("validator", "Validator"),
        ("contact", "Contact"), ("materiality", "Materiality"), ("changeClass", "Change class"),
        ("nextReview", "Next review"), ("monitoring", "Monitoring"), ("incidents", "Incidents"),
        ("description", "Description"),
    ]

    /// What people say of the model, by title; nil for a field that they ought to have filled.
    package var fields: [(title: String, value: String?)] {
        ModelCardDocument.titles.compactMap { key, title in
            if let value = facts.card[key], !value.isEmpty { return (title, value) }
            return ModelCardComplete.required.contains(key) ? (title, nil) : nil
        }
    }

    /// For people, with tables; a field that nobody filled says so.
    package var markdown: String {
        let head =
            "# Model card: \(Escaping.markdown(facts.version.reference))\n\n"
            + (facts.version.description.isEmpty
                ? "" : Escaping.markdownParagraph(facts.version.description) + "\n\n")
        return head + table + performance + sources + verdicts + history
            + "\nFramework: \(ModelCardDocument.framework). "
            + "Made by hftml \(ToolVersion.current) at \(TimeText.seconds(facts.time)).\n"
    }

    private var table: String {
        let f = facts
        var out = "| | |\n|---|---|\n"
        func row(_ name: String, _ value: String) { out += "| \(name) | \(value) |\n" }
        for (key, title) in ModelCardDocument.titles {
            if let value = f.card[key], !value.isEmpty {
                row(title, text(value))
            } else if ModelCardComplete.required.contains(key) {
                row(title, "**missing**")
            }
        }
        row("Developer", text(f.developer))
        row("Weights", code("sha256:\(f.version.weights)"))
        if let bundle = f.bundle { row("Bundle", code("sha256:\(bundle)")) }
        let commit = f.run.gitCommit.map { "commit " + code($0) } ?? "no commit"
        let changed = f.run.gitDirty.isEmpty ? "" : " with \(f.run.gitDirty.count) changed files"
        row("Code", "\(commit)\(changed), hftml \(text(f.run.toolVersion))")
        let seed = f.run.seed.map(String.init) ?? "–", threads = f.run.threads.map(String.init) ?? "–"
        row(
            "Run",
            "\(code(f.run.id)) of experiment \(text(f.run.experiment)), seed \(seed), \(threads) threads, "
                + "\(text(f.run.cpu)) kernels")
        if let a = f.architecture {
            let inputs = "\(a.window) rows of \(a.features.count) features"
            row("Network", "\(text(a.name)): \(a.parameters) parameters over \(inputs); output \(text(a.output))")
        }
        if let split = f.split { row("Split", code(split)) }
        if let limits = f.limits {
            let values = limits.json.leaves().map { text("\($0.path) \($0.value.text(.compact))") }
            row("Limits", "\(code(String(limits.digest.prefix(16)))): \(values.joined(separator: ", "))")
        }
        return out
    }

    private var performance: String {
        var out = "\n## What it was shown to do\n\n"
        if let span = facts.testSpan {
            let trials = "\(facts.trials) trial\(facts.trials == 1 ? " is" : "s are")"
            out += "Test span \(TimeText.utc(span.first)) to \(TimeText.utc(span.last)), \(seen); "
            let words = facts.trialSummary.isEmpty ? "" : " (\(facts.trialSummary))"
            out += "\(trials) on record in its experiment or on its raw data\(words).\n\n"
        }
        for item in facts.strategies { out += "- \(text(item.what)): \(text(item.strategy))\n" }
        if Set(facts.strategies.map(\.strategy)).count > 1 {
            out += "- **two strategies**: returns and trades of one say nothing about the other\n"
        }
        if !facts.strategies.isEmpty { out += "\n" }
        out += "| measure | value | 95 % | naive |\n|---|---|---|---|\n"
        for m in facts.measures {
            let interval = m.interval.map { "\(rounded($0.lower)) … \(rounded($0.upper))" } ?? ""
            out += "| \(text(m.name)) | \(rounded(m.value)) | \(interval) | \(m.naive.map { rounded($0) } ?? "") |\n"
        }
        return out
    }

    /// What the model and its ancestors saw of the test, as far as is known.
    private var seen: String {
        switch facts.testSeen {
        case (0?, _): "not seen in training"
        case (let seen?, let samples):
            "**no evidence: \(seen) of \(samples.map(String.init) ?? "its") samples were seen in training**"
        case (nil, _): "**no evidence: nobody knows what the model and its ancestors saw of it**"
        }
    }

    private var sources: String {
        let kinds: Set<LineageNode.Kind> = [
            .rawData, .qualityReport, .featureSpec, .features, .split, .code, .study,
        ]
        let lines = facts.lineage.nodes.filter { kinds.contains($0.kind) }.map {
            "- \($0.kind.rawValue): \(text($0.label)) \(code($0.id))\n"
        }
        return "\n## Made from\n\n" + lines.joined()
    }

    private var verdicts: String {
        var out = "\n## Verdict and approvals\n\n"
        if let d = facts.decision {
            let verdict = d.isPassed ? "passed" : "**refused**"
            let who = facts.decisionSignature?.isSigned == false ? "A rehearsal under" : "Gate"
            out += "\(who) \(code(d.policy)) \(verdict) it at \(TimeText.seconds(d.decidedAt)) "
            out += "(\(code(String(d.digest.prefix(16)))))"
            out += (facts.decisionSignature.map { ", \(text($0.text))" } ?? "") + ".\n\n"
            let items = (try? JSONParser.parse(d.report))?[key: "items"]?.listValue ?? []
            if !items.isEmpty { out += "| rule | outcome | reason |\n|---|---|---|\n" }
            for item in items {
                let cells = ["name", "status", "reason"].map { text(item[key: $0]?.stringValue ?? "") }
                out += "| \(cells.joined(separator: " | ")) |\n"
            }
        } else {
            out += "No gate has decided on these weights.\n"
        }
        if !facts.statements.isEmpty { out += "\n" }
        for s in facts.statements {
            out +=
                "- \(s.kind.rawValue) by \(text(s.signer)) (key \(text(s.keyID))) at \(TimeText.seconds(s.createdAt))\n"
        }
        return out
    }

    private var history: String {
        "\n## History\n\n"
            + facts.history.map {
                "- \(TimeText.seconds($0.time)) \(text($0.action)) \(text($0.subject)) by \(text($0.actor)) "
                    + "(entry \($0.sequence))\n"
            }.joined()
    }

    /// Text from names, files and people: it stays the text of its cell, its entry or its sentence.
    private func text(_ value: String) -> String { Escaping.markdown(value) }
    /// The same for digests and names in code.
    private func code(_ value: String) -> String { Escaping.markdownCode(value) }
}
