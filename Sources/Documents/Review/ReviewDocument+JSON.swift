package import Basics
import Registry
import Workflows

extension ReviewDocument {
    package var body: JSONValue {
        let limits = limitLines.map { ($0.name, JSONValue.string($0.value)) }
        let signed = review.signed.map { ($0.name, JSONValue.string($0.value)) }
        let digests = review.digests.map { ($0.name, JSONValue.string($0.digest)) }
        let fields: [(String, JSONValue)] = [
            ("statement", (try? JSONParser.parse(review.draft.payload)) ?? .string(review.draft.payload)),
            ("gate", gate), ("tests", ReviewDocument.json(review.tests)), ("changes", .strings(changes)),
            ("measures", rows(measureRows, ["name", "own", "incumbent", "difference"])), ("limits", .map(limits)),
            ("signed", .map(signed)), ("restsOn", .map(digests)),
            ("signatures", rows(signatureRows, ReviewDocument.signatureHeader)), ("missing", .strings(missing)),
        ]
        return .map(fields)
    }

    private var gate: JSONValue {
        guard let verdict = review.verdict else { return .null }
        return .map([
            "decision": .string(verdict.decision.digest), "passed": .bool(verdict.decision.isPassed),
            "policy": .string(verdict.decision.policy), "note": .string(review.verdictNote),
            "rules": GateTable(verdict.report).json,
        ])
    }

    /// Cells by the names of their columns.
    private func rows(_ rows: [[String]], _ names: [String]) -> JSONValue {
        .list(rows.map { row in .map(zip(names, row).map { ($0, JSONValue.string($1)) }) })
    }
}
