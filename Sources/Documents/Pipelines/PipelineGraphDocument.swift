package import Basics
package import Workflows

/// The stages of a pipeline and what they need, as text, Mermaid or Graphviz.
package struct PipelineGraphDocument: Document {
    package enum Form: Sendable { case list, mermaid, dot }

    private let pipeline: DescribePipeline.Outcome
    private let form: Form

    package init(_ pipeline: DescribePipeline.Outcome, as form: Form = .list) {
        self.pipeline = pipeline
        self.form = form
    }

    package var body: JSONValue {
        let stages = pipeline.stages.map { stage in
            JSONValue.map([
                "name": .string(stage.name), "commands": .strings(stage.commands),
                "deps": .strings(stage.dependencies), "outs": .strings(stage.outputs),
            ])
        }
        let edges = pipeline.edges.map { edge in
            JSONValue.map(["source": .string(edge.source), "target": .string(edge.target)])
        }
        return .map([("stages", .list(stages)), ("edges", .list(edges))])
    }

    package func text(_ style: TextStyle) -> String {
        switch form {
        case .list: list(style)
        case .mermaid: mermaid
        case .dot: dot
        }
    }

    private func list(_ style: TextStyle) -> String {
        let lines = pipeline.stages.map { stage in
            let needs = pipeline.edges.filter { $0.target == stage.name }.map(\.source)
            let line = needs.isEmpty ? stage.name : "\(stage.name)  ← \(needs.joined(separator: ", "))"
            return style.wrapped(line, indent: 4)
        }
        return lines.joined(separator: "\n")
    }

    private var mermaid: String {
        let number = Dictionary(
            pipeline.stages.enumerated().map { ($0.element.name, $0.offset + 1) },
            uniquingKeysWith: { first, _ in first })
        let nodes = pipeline.stages.enumerated().map { index, stage in
            "\tnode\(index + 1)[\"\(Escaping.mermaid(stage.name))\"]"
        }
        let arrows = pipeline.edges.map { "\tnode\(number[$0.source] ?? 0)-->node\(number[$0.target] ?? 0)" }
        return (["flowchart TD"] + nodes + arrows).joined(separator: "\n")
    }

    private var dot: String {
        func quoted(_ name: String) -> String { "\"\(name.replacing("\"", with: "\\\""))\"" }
        let nodes = pipeline.stages.map { "\(quoted($0.name));" }
        let arrows = pipeline.edges.map { "\(quoted($0.source)) -> \(quoted($0.target));" }
        return (["strict digraph {"] + nodes + arrows + ["}"]).joined(separator: "\n")
    }
}
