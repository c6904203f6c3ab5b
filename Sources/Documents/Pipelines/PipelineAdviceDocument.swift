package import Basics
package import Workflows

/// What is valid in pipelines and will surprise all the same.
package struct PipelineAdviceDocument: Document {
    private let advice: [LintPipelines.Advice]
    private let isStrict: Bool

    /// - Parameter isStrict: whether the answer is no where there is advice.
    package init(_ advice: [LintPipelines.Advice], isStrict: Bool) {
        self.advice = advice
        self.isStrict = isStrict
    }

    package var isRefusal: Bool { isStrict && !advice.isEmpty }

    package var body: JSONValue {
        let items = advice.map { item in
            JSONValue.map([
                "pipeline": .string(item.pipeline), "stage": .string(item.stage),
                "place": .string(item.place.map { "\($0)" }), "text": .string(item.text),
            ])
        }
        return .map([("advice", .list(items))])
    }

    package func text(_ style: TextStyle) -> String {
        if advice.isEmpty { return "nothing to remark" }
        let lines = advice.map { item in
            let place = item.place.map { "\(item.shownFile ?? $0.file):\($0.line):\($0.column)" } ?? item.pipeline
            return style.wrapped(
                "\(place): \(item.stage.map { "stage '\($0)': " } ?? "")\(item.text)", indent: 2)
        }
        return lines.joined(separator: "\n")
    }
}
