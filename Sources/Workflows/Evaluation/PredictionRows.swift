import Basics
import Features
import ModelBundles
import Tables
import Tensors

/// Scored rows as CSV, one type a column: `time` (UTC; of a bar its start, so its score was known an interval later),
/// `instrument`, `score`, probabilities of the classes where the model has classes, `target` where the label is known.
///
/// The score is a probability for a label of profit, basis points for a return, P(up) − P(down) for directions; the
/// target is 0 or 1, basis points, or the number of the class. Numbers are the shortest text that reads back to the
/// same bits; what is unknown is empty.
struct PredictionRows {
    let table: FeatureTable
    let spec: ModelSpec

    static func columns(_ spec: ModelSpec) -> [String] {
        let classes = spec.output == .classes ? ["p_down", "p_stationary", "p_up"] : []
        return ["time", "instrument", "score"] + classes + ["target"]
    }

    /// - Parameter outputs: raw ones of the network, `[N][K]`.
    func write(_ rows: SampleRows, _ outputs: [Float], to writer: inout AtomicFile.Writer) throws {
        let names = table.instruments.map(PredictionRows.quoted), width = spec.output.width
        try outputs.withUnsafeBufferPointer { outputs in
            guard let base = outputs.baseAddress else { return }
            for (position, row) in rows.enumerated() {
                let raw = base + position * width
                var line = "\(TimeText.utc(table.time[row])),\(names[Int(table.instrument[row])]),\(spec.score(raw))"
                if spec.output == .classes {
                    for p in spec.probabilities(raw) { line += ",\(p)" }
                }
                let move = table.move(row)
                line += move.isNaN ? ",\n" : ",\(spec.label.target(move))\n"
                try writer.append(line)
            }
        }
    }

    private static func quoted(_ text: String) -> String {
        guard text.contains(where: { ",\"\n\r".contains($0) }) else { return text }
        return "\"\(text.replacing("\"", with: "\"\""))\""
    }
}
