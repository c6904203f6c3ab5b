package import Basics
import Registry
package import Workflows

/// The verdict of a gate with the identity it is on record under: what `--save` keeps for later stages.
package struct GateVerdictDocument: Document {
    package let outcome: GateModel.Outcome

    package init(_ outcome: GateModel.Outcome) { self.outcome = outcome }

    private var report: CheckReportDocument {
        CheckReportDocument(outcome.report, signature: (outcome.signature.text, outcome.signature.json))
    }

    package var isRefusal: Bool { report.isRefusal }
    package var body: JSONValue {
        var body = report.body
        body[key: "decision"] = .string(outcome.decision.digest)
        return body
    }
    package func text(_ style: TextStyle) -> String { report.text(style) }
}
