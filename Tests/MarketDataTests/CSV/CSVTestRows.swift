import Basics
import MarketData
import Tables
import Testing

/// Rows of a canonical table of bars as tests compare them: numbers without trailing zeros.
struct CSVTestRow: Equatable, CustomStringConvertible {
    var instrument: String
    var time: Nanoseconds
    var known: Nanoseconds
    /// Open, high, low, close, volume; empty where the cell is.
    var cells: [String]

    var description: String { "\(instrument) \(TimeText.utc(time)) \(cells.joined(separator: " "))" }

    /// All rows of a file, as the text of their numbers.
    static func read(_ file: CSVFile) throws -> [CSVTestRow] {
        var out: [CSVTestRow] = []
        let source = try file.read(file.tables[0])
        while let chunk = try source.next() {
            #expect(chunk.rowCount <= TableChunk.usualRows)
            for row in 0..<chunk.rowCount {
                let cells = (7..<chunk.fields.count).map {
                    plain(ColumnText.cell(chunk.columns[$0], chunk.fields[$0].type, row))
                }
                guard case .int64(let times) = chunk.columns[0].values,
                    case .int64(let known) = chunk.columns[2].values,
                    case .text(let names) = chunk.columns[4].values
                else { continue }
                out.append(.init(instrument: names[row], time: times[row], known: known[row], cells: cells))
            }
        }
        return out
    }

    /// A number without zeros behind the point.
    static func plain(_ text: String) -> String {
        guard text.contains(".") else { return text }
        var text = text
        while text.hasSuffix("0") { text.removeLast() }
        if text.hasSuffix(".") { text.removeLast() }
        return text == "-0" ? "0" : text
    }
}
