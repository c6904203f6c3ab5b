import Basics
import Tables

/// Rows of a canonical table out of a table file.
final class TableRowsOut: ChunkSource {
    let fields: [Field]
    private let source: any ChunkSource
    private let mapping: TableMapping
    private var survey: TableSurvey
    private let path: String
    private let name: String
    private var row = 0
    /// The chunk that rows are made of, and how far it is.
    private var chunk: TableChunk?
    private var done = 0

    /// Of times that name none.
    private let zone: String
    /// Whether a stamp is the end of its bar.
    private let isStampedAtClose: Bool

    /// - Parameters:
    ///   - name: of the instrument, where no column says it.
    ///   - zone: of times that name none.
    ///   - isStampedAtClose: whether bars are stamped with their end.
    init(
        _ source: any ChunkSource, _ mapping: TableMapping, _ survey: TableSurvey, path: String, name: String,
        zone: String, isStampedAtClose: Bool
    ) {
        (self.source, self.mapping, self.survey, self.path, self.name) = (source, mapping, survey, path, name)
        (self.zone, self.isStampedAtClose) = (zone, isStampedAtClose && mapping.kind == .bars)
        fields = CanonicalFields.fields(
            mapping.kind, priceDecimals: survey.priceDecimals, sizeDecimals: survey.sizeDecimals,
            levels: mapping.prices.count / 2)
    }

    static func instrument(_ chunk: TableChunk, _ column: Int?, _ row: Int) -> String? {
        guard let column, chunk.columns[column].validity[row] else { return nil }
        if case .text(let text) = chunk.columns[column].values { return text[row] }
        return ColumnText.cell(chunk.columns[column], chunk.fields[column].type, row)
    }

    func next() throws -> TableChunk? {
        if chunk == nil || done == chunk?.rowCount { (chunk, done) = (try source.next(), 0) }
        guard let chunk else { return nil }
        var builder = CanonicalBuilder(mapping.kind, fields: fields, file: path)
        let prices = mapping.prices.map { $0.map { NumberCells(chunk.columns[$0], chunk.fields[$0]) } }
        let sizes = mapping.sizes.map { $0.map { NumberCells(chunk.columns[$0], chunk.fields[$0]) } }
        var times = try TimeCells(chunk.columns[mapping.time], mapping.timeColumn, zone: zone)
        var received = try mapping.receive.flatMap { index in
            try TimeColumn(chunk.fields[index].type).map {
                try TimeCells(chunk.columns[index], $0, zone: zone)
            }
        }
        let end = min(done + TableChunk.usualRows, chunk.rowCount)
        for index in done..<end {
            row += 1
            guard let stamp = times.time(index, unit: &survey.unit) else { continue }
            let time = isStampedAtClose ? survey.length.start(stamp) : stamp
            let end = isStampedAtClose ? stamp : survey.length.end(stamp)
            let receive = received?.time(index, unit: &survey.receiveUnit).map {
                $0.saturatingMinus(survey.wallClockAhead)
            }
            let said = TableRowsOut.instrument(chunk, mapping.instrument, index)
            guard mapping.instrument == nil || said?.isEmpty == false else {
                throw Failure(
                    "data.bad-rows", "\(path): row \(row): found no instrument beside rows that have one",
                    hint: "fill it in, or leave the column out")
            }
            let place = CanonicalBuilder.Place(
                time: time, receiveTime: receive,
                knownTime: mapping.kind == .bars ? max(end, receive ?? .min) : nil,
                sequence: sequence(chunk, index),
                instrument: said ?? name,
                position: row)
            func price(_ position: Int) -> CanonicalBuilder.Cell {
                prices[position]?.integer(index, decimals: survey.priceDecimals).map { .integer($0) } ?? .empty
            }
            func size(_ position: Int) -> CanonicalBuilder.Cell {
                sizes[position]?.integer(index, decimals: survey.sizeDecimals).map { .integer($0) } ?? .empty
            }
            switch mapping.kind {
            case .bars: builder.add(place, price(0), price(1), price(2), price(3), size(0))
            case .quotes: builder.add(place, price(0), size(0), price(1), size(1), .empty)
            case .trades: builder.add(place, price(0), size(0), try side(chunk, index), id(chunk, index), .empty)
            case .bookSnapshots, .bookChanges:
                builder.add(place, cells: prices.indices.flatMap { [price($0), size($0)] })
            }
        }
        done = end
        return builder.take()
    }

    /// The source's own number: of a trade its id, where that is a number.
    private func sequence(_ chunk: TableChunk, _ row: Int) -> Int64? {
        guard let column = mapping.sequence ?? mapping.id, chunk.columns[column].validity[row] else { return nil }
        switch chunk.columns[column].values {
        case .int64(let values): return values[row]
        case .uint64(let values): return Int64(exactly: values[row])
        case .text(let text): return Int64(text[row])
        default: return nil
        }
    }

    private func id(_ chunk: TableChunk, _ row: Int) -> CanonicalBuilder.Cell {
        guard let column = mapping.id, chunk.columns[column].validity[row] else { return .empty }
        return .text(ColumnText.cell(chunk.columns[column], chunk.fields[column].type, row))
    }

    private func side(_ chunk: TableChunk, _ row: Int) throws -> CanonicalBuilder.Cell {
        guard let column = mapping.side ?? mapping.buyerIsMaker, chunk.columns[column].validity[row] else {
            return .empty
        }
        let text = ColumnText.cell(chunk.columns[column], chunk.fields[column].type, row).lowercased()
        if mapping.side == nil {
            switch text {
            case "true", "1": return .integer(-1)
            case "false", "0": return .integer(1)
            default: break
            }
        } else {
            switch text {
            case "buy", "b", "buyer", "bid", "1": return .integer(1)
            case "sell", "s", "seller", "ask", "a", "-1": return .integer(-1)
            case "", "none", "n", "0", "unknown", "no_aggressor": return .empty
            default: break
            }
        }
        throw Failure(
            "data.bad-rows",
            "\(path): row \(self.row): found '\(text)' in '\(chunk.fields[column].name)', expected who started the "
                + "trade",
            hint: "write buy or sell there")
    }
}
