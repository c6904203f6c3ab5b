import Basics
import Tables

/// Canonical tables of others' making, held to what they promise: no row without a time, an instrument and a place; no
/// bars of an instrument twice or out of order, and no columns of bars that are not what they are called.
final class RequiredCells: ChunkSource {
    private let source: any ChunkSource
    private let path: String
    private var row = 0
    /// Columns that may not have an empty cell.
    private let required: [Int]
    /// Of bars.
    private var survey: BarSurvey?

    init(_ source: any ChunkSource, path: String, kind: CanonicalKind) {
        (self.source, self.path) = (source, path)
        let names = Set(CanonicalFields.common.filter { !$0.isOptional }.map(\.name)).union(["action"])
        required = source.fields.indices.filter { names.contains(source.fields[$0].name) }
        // Bars that count trades may be of a volume each: several begin with trades of one moment.
        let mayRepeat = source.fields.contains { $0.name == "trades" }
        survey = kind == .bars ? BarSurvey(path, .row, mayRepeat: mayRepeat) : nil
    }

    var fields: [Field] { source.fields }

    func next() throws -> TableChunk? {
        guard let chunk = try source.next() else {
            _ = try survey?.meaning()
            return nil
        }
        for column in required where chunk.columns[column].validity.nullCount > 0 {
            let empty = (0..<chunk.rowCount).first { !chunk.columns[column].validity[$0] } ?? 0
            throw Failure(
                "data.bad-rows", "\(path): row \(row + empty + 1): found no '\(fields[column].name)'",
                hint: "write the table again: hftml data convert")
        }
        if survey != nil { try look(chunk) }
        row += chunk.rowCount
        return chunk
    }

    private func look(_ chunk: TableChunk) throws {
        guard var survey, case .int64(let times)? = chunk["time"]?.values else { return }
        self.survey = nil
        var instruments = InstrumentNumbers(chunk, chunk.fields.firstIndex { $0.name == "instrument" })
        let cells = ["open", "high", "low", "close", "volume"].map { name in
            chunk.fields.firstIndex { $0.name == name }.map { NumberCells(chunk.columns[$0], chunk.fields[$0]) }
        }
        for (index, time) in times.enumerated() {
            let number = row + index + 1
            survey.stamp(time, of: instruments.number(index, &survey), row: number)
            survey.values(
                open: cells[0]?.double(index), high: cells[1]?.double(index), low: cells[2]?.double(index),
                close: cells[3]?.double(index), volume: cells[4]?.double(index), row: number)
        }
        if try survey.order() {
            throw Failure(
                "data.order", "\(path): found the newest row first, expected times in order",
                hint: "sort the file by time")
        }
        self.survey = survey
    }
}
