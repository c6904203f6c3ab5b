import Basics
import Tables

/// The rows of a CSV file as a canonical table.
final class CSVChunks: ChunkSource {
    let fields: [Field]
    private let plan: CSVPlan
    private let path: String
    private let records: CSVRecords
    private var reader: CSVRowReader
    private var builder: CanonicalBuilder
    private let fileInstrument: String
    private var last: [String: Nanoseconds] = [:]
    /// Of a file whose newest row stands first, all rows.
    private var reversed: [Row]?
    private var isAtEnd = false

    /// One row, decoded.
    private struct Row {
        var place: CanonicalBuilder.Place
        var cells: [CanonicalBuilder.Cell]
    }

    /// Rows of a file that is turned around, which are all in memory.
    private static let mostReversed = 20_000_000

    init(path: String, plan: CSVPlan) throws {
        (self.path, self.plan) = (path, plan)
        fields = CanonicalFields.fields(
            plan.layout.kind, priceDecimals: plan.priceDecimals + plan.unitDecimals, sizeDecimals: plan.sizeDecimals)
        records = try CSVRecords(path, separator: plan.layout.separator)
        reader = try CSVRowReader(path: path, layout: plan.layout, rules: plan.rules, zone: plan.zone)
        builder = CanonicalBuilder(plan.layout.kind, fields: fields, file: path)
        fileInstrument = BarReader.instrument(of: path)
        for _ in 0..<plan.layout.headerRecords { _ = try records.next() }
    }

    func next() throws -> TableChunk? {
        if plan.isDescending { return try nextReversed() }
        guard !isAtEnd else { return nil }
        while builder.rowCount < TableChunk.usualRows {
            guard try records.next() else {
                isAtEnd = true
                break
            }
            try rows { builder.add($0.place, cells: $0.cells) }
        }
        return builder.rowCount > 0 ? builder.take() : nil
    }

    private func nextReversed() throws -> TableChunk? {
        if reversed == nil {
            guard plan.rows <= CSVChunks.mostReversed else {
                throw Failure(
                    "data.order", "found \(plan.rows) rows with the newest first in '\(path)'",
                    hint: "sort the file by time: it is too large to be turned around in memory")
            }
            var all: [Row] = []
            while try records.next() { try rows { all.append($0) } }
            reversed = all
        }
        while builder.rowCount < TableChunk.usualRows, let row = reversed?.popLast() {
            builder.add(row.place, cells: row.cells)
        }
        return builder.rowCount > 0 ? builder.take() : nil
    }

    /// The rows that a record holds: one for each group of columns.
    private func rows(_ body: (Row) -> Void) throws {
        guard records.count == plan.layout.width else { throw CSVSurvey.width(records, plan.layout.width) }
        var moment = try reader.time(records)
        let symbol = plan.layout.symbol.map { records.text($0) }
        if let before = last[symbol ?? ""], moment.time <= before, !plan.isDescending, plan.layout.kind == .bars,
            let second = reader.second(of: moment), second.time > before
        {
            moment = second
        }
        last[symbol ?? ""] = moment.time
        for group in plan.layout.groups {
            let cells = try self.cells(group)
            if plan.layout.groups.count > 1, cells.allSatisfy({ if case .empty = $0 { true } else { false } }) {
                continue
            }
            body(Row(place: place(moment.time, symbol: symbol, group: group), cells: cells))
        }
    }

    private func place(_ stamp: Nanoseconds, symbol: String?, group: CSVLayout.Group) -> CanonicalBuilder.Place {
        var instrument = symbol ?? fileInstrument
        if let name = group.name {
            // The sides of one instrument, or instruments beside each other.
            instrument = ["bid", "ask"].contains(name.lowercased()) ? "\(instrument).\(name.lowercased())" : name
        }
        guard plan.layout.kind == .bars, let interval = plan.interval else {
            return .init(time: stamp, instrument: instrument, position: records.line)
        }
        let start = plan.stampSide == .open ? stamp : interval.start(stamp)
        let end = plan.stampSide == .open ? interval.end(stamp) : stamp
        return .init(time: start, knownTime: end, instrument: instrument, position: records.line)
    }

    private func cells(_ group: CSVLayout.Group) throws -> [CanonicalBuilder.Cell] {
        switch plan.layout.kind {
        case .bars:
            return try [
                price(group, .open), price(group, .high), price(group, .low), price(group, .close),
                size(group, .volume),
            ]
        case .trades:
            return try [
                price(group, .price), size(group, .size), side(group), text(group, .id), text(group, .condition),
            ]
        default:
            return try [price(group, .bid), size(group, .bidSize), price(group, .ask), size(group, .askSize), .empty]
        }
    }

    private func price(_ group: CSVLayout.Group, _ role: CSVRole) throws -> CanonicalBuilder.Cell {
        try number(group, role, decimals: plan.priceDecimals, rounds: plan.roundsPrices, isSize: false)
    }

    private func size(_ group: CSVLayout.Group, _ role: CSVRole) throws -> CanonicalBuilder.Cell {
        try number(group, role, decimals: plan.sizeDecimals, rounds: plan.roundsSizes, isSize: true)
    }

    private func number(
        _ group: CSVLayout.Group, _ role: CSVRole, decimals: Int, rounds: Bool, isSize: Bool
    ) throws -> CanonicalBuilder.Cell {
        guard let column = group.columns[role], let number = try reader.number(records, column, isSize: isSize) else {
            return .empty
        }
        let scale = plan.isFixedPoint && !isSize ? 0 : decimals
        guard let value = rounds ? number.rounded(scale) : number.scaled(scale) else {
            throw reader.fault(
                records, column, expected: "a number that fits 64 bits with \(decimals) decimals",
                hint: "the file changed while it was read: read it again")
        }
        return .integer(value)
    }

    private func text(_ group: CSVLayout.Group, _ role: CSVRole) -> CanonicalBuilder.Cell {
        guard let column = group.columns[role], !records.bytes(column).isEmpty else { return .empty }
        return .text(records.text(column))
    }

    /// 1 for a buyer who started the trade, −1 for a seller.
    private func side(_ group: CSVLayout.Group) throws -> CanonicalBuilder.Cell {
        guard let column = group.columns[.side] else { return .empty }
        let isMaker = CSVRole.key(plan.layout.names[column]).contains("maker")
        switch records.text(column).lowercased() {
        case "": return .empty
        case "true": if isMaker { return .integer(-1) }
        case "false": if isMaker { return .integer(1) }
        case "buy", "b", "bid", "1", "buyer", "+1": if !isMaker { return .integer(1) }
        case "sell", "s", "-1", "seller": if !isMaker { return .integer(-1) }
        case "a" where plan.layout.dialect == "Databento": return .integer(-1)
        case "n" where plan.layout.dialect == "Databento": return .empty
        default: break
        }
        throw reader.fault(records, column, expected: "buy or sell", hint: "correct the line, or rename the column")
    }
}
