import Basics
import Tables

/// The rows of a CSV file as a canonical table, in bounded memory: some blocks of lines at a time, from the last one on
/// where the newest row stands first.
final class CSVChunks: ChunkSource {
    let fields: [Field]
    private let plan: CSVPlan
    private let path: String
    private let blocks: CSVBlocks
    private let plain: CSVPlainChunks
    private var reader: CSVRowReader
    private var builder: CanonicalBuilder
    private let fileInstrument: String
    private var hours: [String: CSVRepeatedHour] = [:]
    /// Blocks that are not yet read, in the order in which they are, by their number.
    private var rest: ArraySlice<Int>
    private var ready: ArraySlice<TableChunk> = []

    /// One row, decoded.
    private struct Row {
        var place: CanonicalBuilder.Place
        var cells: [CanonicalBuilder.Cell]
    }

    /// Bytes of a compressed file that is turned around, which are all in memory, and blocks of a round.
    private static let mostHeld = 1 << 28
    private static let blocksAtOnce = 8

    /// - Throws: ``Failure`` with code `data.order` for a compressed file of more than 256 MiB whose newest row stands
    ///   first.
    init(path: String, plan: CSVPlan) throws {
        (self.path, self.plan) = (path, plan)
        fields = CanonicalFields.fields(
            plan.layout.kind, priceDecimals: plan.priceDecimals + plan.unitDecimals, sizeDecimals: plan.sizeDecimals)
        blocks = try CSVBlocks(path, size: plan.places.map(\.count).max() ?? 0)
        reader = try CSVRowReader(path: path, layout: plan.layout, rules: plan.rules, zone: plan.zone)
        builder = CanonicalBuilder(plan.layout.kind, fields: fields, file: path)
        fileInstrument = BarReader.instrument(of: path)
        plain = CSVPlainChunks(
            fields: fields, plan: plan, path: path,
            instrument: CSVChunks.instrument(fileInstrument, plan.layout.groups.first?.name))
        let order = Array(plan.places.indices)
        rest = plan.isDescending ? order.reversed()[...] : order[...]
        guard try !plan.isDescending || blocks.hold(atMost: CSVChunks.mostHeld) else {
            throw Failure(
                "data.order",
                "found rows with the newest first in '\(path)', which is compressed and holds more than "
                    + "\(CSVChunks.mostHeld >> 20) MiB, expected so much with the oldest first",
                hint: "decompress the file, or sort it by time")
        }
    }

    func next() throws -> TableChunk? {
        while ready.isEmpty {
            let numbers = rest.prefix(plan.parser == nil ? 1 : CSVChunks.blocksAtOnce)
            if numbers.isEmpty { return builder.rowCount > 0 ? builder.take() : nil }
            rest = rest.dropFirst(numbers.count)
            try read(Array(numbers))
        }
        return ready.popFirst()
    }

    private func read(_ numbers: [Int]) throws {
        let unread = numbers.filter { plan.kept?[$0] == nil }
        let found = try blocks.round(unread.map { plan.places[$0] }[...], plan.parser)
        let block = Dictionary(zip(unread, found)) { first, _ in first }
        let rows = numbers.map { plan.kept?[$0] ?? block[$0]?.rows }
        let (plain, places) = (plain, numbers.map { plan.places[$0] })
        let chunks = Parallel.map(numbers.count) { index in
            rows[index].map { plain.chunks($0, line: places[index].line) }
        }
        for (index, number) in numbers.enumerated() {
            if let made = chunks[index] {
                if builder.rowCount > 0 { ready.append(builder.take()) }
                ready.append(contentsOf: made)
                if let rows = rows[index] { hours["", default: .init()].leave(rows.last.time) }
            } else if let block = block[number] {
                try careful(block)
            }
        }
    }

    private func careful(_ block: CSVBlocks.Block) throws {
        let records = CSVRecords(
            block.bytes, path: path, separator: plan.layout.separator, from: (block.place.offset, block.place.line))
        if plan.isDescending {
            var all: [Row] = []
            while try records.next() { try rows(records) { all.append($0) } }
            for row in all.reversed() { add(row) }
        } else {
            while try records.next() { try rows(records, add) }
        }
    }

    private func add(_ row: Row) {
        builder.add(row.place, cells: row.cells)
        if builder.rowCount == TableChunk.usualRows { ready.append(builder.take()) }
    }

    /// The rows that a record holds: one for each group of columns.
    private func rows(_ records: CSVRecords, _ body: (Row) -> Void) throws {
        guard records.count == plan.layout.width else { throw CSVSurvey.width(records, plan.layout.width) }
        let symbol = try plan.layout.symbol.map { try records.name($0) }
        var moment = try reader.time(records)
        if !plan.isDescending {
            moment = try hours[symbol ?? "", default: .init()].resolve(
                moment, &reader, isBars: plan.layout.kind == .bars, isDown: false,
                place: records.place(plan.layout.time.date))
        }
        let received = try plan.layout.receive.flatMap { try reader.receive(records, $0) }
        for group in plan.layout.groups {
            let cells = try self.cells(group, records)
            if plan.layout.groups.count > 1, cells.allSatisfy({ if case .empty = $0 { true } else { false } }) {
                continue
            }
            var place = place(moment.time, symbol: symbol, group: group, line: records.line)
            if let received {
                place.receiveTime = received
                place.knownTime = max(place.knownTime, received)
            }
            body(Row(place: place, cells: cells))
        }
    }

    /// The sides of one instrument, or instruments beside each other.
    private static func instrument(_ file: String, _ group: String?) -> String {
        guard let name = group else { return file }
        return ["bid", "ask"].contains(name.lowercased()) ? "\(file).\(name.lowercased())" : name
    }

    private func place(
        _ stamp: Nanoseconds, symbol: String?, group: CSVLayout.Group, line: Int
    ) -> CanonicalBuilder.Place {
        let instrument = CSVChunks.instrument(symbol ?? fileInstrument, group.name)
        guard plan.layout.kind == .bars, let interval = plan.interval else {
            return .init(time: stamp, instrument: instrument, position: line)
        }
        // Some write the last moment of a bar as its end.
        let stamp = plan.isLastMoment ? stamp.saturatingPlus(1_000_000_000 - stamp % 1_000_000_000) : stamp
        let start = plan.stampSide == .open ? stamp : interval.start(stamp)
        let end = plan.stampSide == .open ? interval.end(stamp) : stamp
        return .init(time: start, knownTime: end, instrument: instrument, position: line)
    }

    private func cells(_ group: CSVLayout.Group, _ records: CSVRecords) throws -> [CanonicalBuilder.Cell] {
        switch plan.layout.kind {
        case .bars:
            return try [
                price(group, .open, records), price(group, .high, records), price(group, .low, records),
                price(group, .close, records),
                size(group, .volume, records),
            ]
        case .trades:
            return try [
                price(group, .price, records), size(group, .size, records), side(group, records),
                text(group, .id, records), text(group, .condition, records),
            ]
        default:
            return try [
                price(group, .bid, records), size(group, .bidSize, records), price(group, .ask, records),
                size(group, .askSize, records), .empty,
            ]
        }
    }

    private func price(
        _ group: CSVLayout.Group, _ role: CSVRole, _ records: CSVRecords
    ) throws -> CanonicalBuilder.Cell {
        try number(group, role, records, decimals: plan.priceDecimals, rounds: plan.roundsPrices, isSize: false)
    }

    private func size(
        _ group: CSVLayout.Group, _ role: CSVRole, _ records: CSVRecords
    ) throws -> CanonicalBuilder.Cell {
        try number(group, role, records, decimals: plan.sizeDecimals, rounds: plan.roundsSizes, isSize: true)
    }

    private func number(
        _ group: CSVLayout.Group, _ role: CSVRole, _ records: CSVRecords, decimals: Int, rounds: Bool, isSize: Bool
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

    private func text(
        _ group: CSVLayout.Group, _ role: CSVRole, _ records: CSVRecords
    ) -> CanonicalBuilder.Cell {
        guard let column = group.columns[role], !records.bytes(column).isEmpty else { return .empty }
        return .text(records.text(column))
    }

    /// 1 for a buyer who started the trade, −1 for a seller.
    private func side(_ group: CSVLayout.Group, _ records: CSVRecords) throws -> CanonicalBuilder.Cell {
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
