package import Basics
import HyperparameterSearch
package import Workflows

/// Studies, a row each, with how many trials are in which state.
package struct StudyListDocument: Document {
    private let studies: [StudyReport.Entry]

    package init(_ studies: [StudyReport.Entry]) { self.studies = studies }

    package var body: JSONValue {
        let nodes = studies.map { study -> JSONValue in
            let counts = study.counts.map { ($0.key.rawValue, JSONValue.int($0.value)) }.sorted { $0.0 < $1.0 }
            return .map([("name", .string(study.name)), ("experiment", .string(study.experiment))] + counts)
        }
        return .map([("studies", .list(nodes))])
    }

    package func text(_ style: TextStyle) -> String {
        let states = Trial.State.allCases
        var table = TextTable(
            ["study", "experiment"] + states.map(\.rawValue), rightAligned: Set(2..<(2 + states.count)))
        for study in studies {
            table.add([study.name, study.experiment] + states.map { String(study.counts[$0] ?? 0) })
        }
        return table.text(style)
    }
}
