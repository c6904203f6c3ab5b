import Basics
import Tables

extension CSVSurvey {
    /// Bytes of columns that are kept until they are asked for: those of five million bars.
    private static let mostKept = 1 << 28
    /// Rows of a block, about: chunks of tables have no more.
    private static let rowsOfBlock = 60_000

    /// Looks at all rows.
    ///
    /// - Parameters:
    ///   - scales: decimals that prices and volumes seem to have.
    ///   - options: whether all rows are read cell by cell, and how large blocks are.
    /// - Throws: ``Failure`` for the first row that is not as the others.
    mutating func run(scales: (price: Int, size: Int), _ options: CSVOptions) throws {
        let records = try CSVRecords(path, separator: layout.separator)
        for _ in 0..<layout.headerRecords { _ = try records.next() }
        let hasRow = try records.next()
        (comments, endsWithNewline) = (records.comments, records.endsWithNewline)
        guard hasRow else { return }
        var next = CSVPlace(offset: records.offset, count: 0, line: records.line)
        parser = options.isCareful ? nil : try plainParser(records, scales)
        kept = parser == nil ? nil : []
        let length = max(records.following.offset - records.offset, 8)
        let size = min(max(length * CSVSurvey.rowsOfBlock, CSVBlocks.least), CSVBlocks.most)
        blockSize = options.blockSize ?? (parser == nil ? CSVBlocks.least : size)
        let blocks = try CSVBlocks(path, size: blockSize)
        while true {
            let round = try blocks.round(from: next.offset, parser)
            if round.isEmpty { break }
            for block in round {
                next.count = block.place.count
                // A quote may hold line ends: from there on only whole records are blocks.
                if block.place.count == 0 || block.hasQuote { return try stream(from: next) }
                try add(block, &next)
            }
        }
        finish()
    }

    private mutating func finish() {
        sessions.close()
        for name in instruments.keys { instruments[name]?.hour.finish() }
    }

    private mutating func plainParser(
        _ sample: CSVRecords, _ scales: (price: Int, size: Int)
    ) throws -> CSVPlainParser? {
        guard
            let parser = CSVPlainParser(
                sample, layout: layout, rules: rules, zone: zone, scales: scales)
        else { return nil }
        // How all times are written, and the end of the first bar.
        let moment = try reader.time(sample)
        if let column = layout.closeTime { try close(sample, column, moment) }
        return parser
    }

    private mutating func add(_ block: CSVBlocks.Block, _ next: inout CSVPlace) throws {
        places.append(next)
        endsWithNewline = block.bytes.last == 10
        if let rows = block.rows, add(rows, line: next.line) {
            next.line += rows.count
            if let known = parser { parser = known.expecting(rows) }
            kept?.append(rows)
            keptBytes += rows.bytes
        } else {
            let records = CSVRecords(
                block.bytes, path: path, separator: layout.separator, from: (next.offset, next.line))
            while try records.next() { try row(records) }
            next.line = records.following.line
            comments += records.comments
            kept?.append(nil)
        }
        if keptBytes > CSVSurvey.mostKept { kept = nil }
        next.offset += next.count
    }

    /// Looks at all rows from a place on, one after the other.
    private mutating func stream(from start: CSVPlace) throws {
        let records = try CSVRecords(path, separator: layout.separator, from: (start.offset, start.line))
        var place = start
        while try records.next() {
            if records.offset - place.offset >= min(blockSize, CSVBlocks.least) {
                place.count = records.offset - place.offset
                places.append(place)
                place = CSVPlace(offset: records.offset, count: 0, line: records.line)
            }
            try row(records)
        }
        place.count = records.following.offset - place.offset
        places.append(place)
        comments += records.comments
        endsWithNewline = records.endsWithNewline
        let unread = places.count - (kept?.count ?? places.count)
        kept?.append(contentsOf: [CSVPlainRows?](repeating: nil, count: unread))
        finish()
    }

    /// Adds rows that were read at once.
    ///
    /// - Returns: false where they do not go on as those before; nothing is added then.
    private mutating func add(_ found: CSVPlainRows, line: Int) -> Bool {
        var known = instruments[""] ?? Instrument(last: found.first)
        var direction = found.direction
        if rows > 0 {
            let step = found.first.time > known.last.time ? 1 : found.first.time < known.last.time ? -1 : 0
            guard step != 0, direction == 0 || direction == step, step > 0 ? !known.isDown : !known.isUp else {
                return false
            }
            direction = step
            cadence.add(found.first.local.saturatingMinus(known.last.local), line: line)
        }
        if direction > 0 { known.isUp = true }
        if direction < 0 { (known.isDown, isDescending) = (true, true) }
        known.hour.leave(found.first.time)
        known.hour.leave(found.last.time)
        known.last = found.last
        instruments[""] = known
        for step in found.steps { cadence.add(step.size, line: line + step.row, times: step.count) }
        for day in found.days { sessions.add(day) }
        if !found.onMidnight { onMidnight = false }
        onLastMoment = false
        prices.add(found.prices, count: found.count * 4)
        if found.columns.count > 5 { sizes.add(found.sizes, count: found.count) }
        if found.broken > 0 {
            if broken == 0 { firstBroken = "\(path):\(line + found.firstBroken)" }
            broken += found.broken
        }
        let power = Double(FixedPoint.powers[found.prices.scale])
        if let before {
            forward += abs(Double(found.firstOpen) / power - before.close)
            backward += abs(Double(found.firstClose) / power - before.open)
        }
        forward += found.forward / power
        backward += found.backward / power
        before = (Double(found.lastOpen) / power, Double(found.lastClose) / power)
        rows += found.count
        return true
    }
}
