package import Basics
package import Trading

/// The journal of a trading loop as it was found: what its orders did, in order.
///
///     sequence,time,kind,instrument,order,side,quantity,price,score,reason
///
/// One record a line, numbered from 0 without a gap. Cells that hold a comma or a quote are quoted as in RFC 4180.
/// Everything is checked: a journal with a damaged line says nothing.
package struct JournalFile: Sendable, Equatable {
    /// One line about an order.
    package struct Record: Sendable, Equatable {
        /// UTC; of an order, the close that it was decided at.
        package var time: Nanoseconds
        /// What happened to the order.
        package var kind: TradingDesk.Event.Kind
        /// Name of the instrument.
        package var instrument: String
        /// Number of the order in its run.
        package var order: UInt64
        /// Buy or sell.
        package var side: Side
        /// Lots.
        package var quantity: Int64
        /// The limit, or the price of a fill, in price units.
        package var price: Int64
        /// That the order was decided by; nil for an exit and for what happened later.
        package var score: Double?
        /// Of a denial.
        package var reason: RiskReason?

        /// A line as given.
        package init(
            time: Nanoseconds, kind: TradingDesk.Event.Kind, instrument: String, order: UInt64, side: Side,
            quantity: Int64, price: Int64, score: Double? = nil, reason: RiskReason? = nil
        ) {
            (self.time, self.kind, self.instrument, self.order) = (time, kind, instrument, order)
            (self.side, self.quantity, self.price, self.score, self.reason) = (side, quantity, price, score, reason)
        }
    }

    /// Lines about orders. Others, of bundles and halts, are checked and left out.
    package let records: [Record]
    /// Halts by an operator that the loop met.
    package let halts: Int

    private static let header = "sequence,time,kind,instrument,order,side,quantity,price,score,reason"
    /// Words of lines that are about no order.
    private static let others: Set<String> = ["modelInstalled", "prediction", "halted", "resumed", "reducing"]

    /// Reads the bytes of a journal.
    ///
    /// - Parameters:
    ///   - priceDecimals: of the market; prices must have exactly so many.
    ///   - place: where it stands, for messages.
    /// - Throws: ``Failure`` with code `journal.format` naming the line.
    /// - Complexity: O(bytes).
    package init(_ bytes: [UInt8], priceDecimals: Int, in place: String) throws {
        guard let text = String(validating: bytes, as: UTF8.self) else {
            throw JournalFile.malformed("bytes that are no UTF-8", 1, place)
        }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false)
        guard lines.first == Substring(JournalFile.header) else {
            throw JournalFile.malformed("no header of a journal", 1, place)
        }
        guard lines.last == "" else { throw JournalFile.malformed("a last line that does not end", lines.count, place) }
        lines.removeLast()
        var records: [Record] = [], halts = 0
        records.reserveCapacity(lines.count)
        for (number, line) in lines.enumerated().dropFirst() {
            guard let cells = JournalFile.cells(line), cells.count == 10, cells[0] == String(number - 1),
                let time = TimeText.parseUTC(cells[1]), TimeText.utc(time) == cells[1]
            else { throw JournalFile.malformed("'\(line.prefix(80))'", number + 1, place) }
            if JournalFile.others.contains(cells[2]) {
                if cells[2] == "halted" { halts += 1 }
                continue
            }
            guard let record = JournalFile.record(cells, time: time, priceDecimals: priceDecimals) else {
                throw JournalFile.malformed("'\(line.prefix(80))'", number + 1, place)
            }
            records.append(record)
        }
        (self.records, self.halts) = (records, halts)
    }

    private static func malformed(_ what: String, _ line: Int, _ place: String) -> Failure {
        Failure(
            "journal.format", "\(place):\(line): found \(what), expected a line of a journal",
            hint: "replay again: hftml-runtime replay ENVIRONMENT DATA")
    }

    private static func record(_ cells: [String], time: Nanoseconds, priceDecimals: Int) -> Record? {
        guard let kind = TradingDesk.Event.Kind(rawValue: cells[2]), !cells[3].isEmpty,
            let order: UInt64 = whole(cells[4]), order > 0, let side = Side(rawValue: cells[5]),
            let quantity: Int64 = whole(cells[6]), let price = price(cells[7], decimals: priceDecimals)
        else { return nil }
        var record = Record(
            time: time, kind: kind, instrument: cells[3], order: order, side: side, quantity: quantity, price: price)
        if !cells[8].isEmpty {
            guard let score = Double(cells[8]) else { return nil }
            record.score = score
        }
        if !cells[9].isEmpty {
            guard let reason = RiskReason(rawValue: cells[9]) else { return nil }
            record.reason = reason
        }
        return (kind == .denied) == (record.reason != nil) ? record : nil
    }

    /// A number in its one spelling.
    private static func whole<Number: FixedWidthInteger & LosslessStringConvertible>(_ text: String) -> Number? {
        guard let number = Number(text), String(number) == text else { return nil }
        return number
    }

    /// Decimal text with exactly so many decimals as an integer.
    private static func price(_ text: String, decimals: Int) -> Int64? {
        guard decimals > 0 else { return whole(text) }
        let parts = text.split(separator: ".", omittingEmptySubsequences: false)
        guard parts.count == 2, parts[1].utf8.count == decimals, !parts[0].isEmpty, parts[0] != "-",
            parts[1].utf8.allSatisfy({ (48...57).contains($0) })
        else { return nil }
        return Int64(parts[0] + parts[1])
    }

    /// The cells of a line; nil for quotes that do not fit. Names do not hold line ends, so a line is a record.
    private static func cells(_ line: Substring) -> [String]? {
        guard line.utf8.contains(UInt8(ascii: "\"")) else {
            return line.split(separator: ",", omittingEmptySubsequences: false).map(String.init)
        }
        var cells: [String] = [], cell: [UInt8] = [], isQuoted = false, wasQuoted = false
        var rest = line.utf8[...]
        while let byte = rest.popFirst() {
            switch byte {
            case UInt8(ascii: "\"") where isQuoted:
                if rest.first == UInt8(ascii: "\"") {
                    rest.removeFirst()
                    cell.append(byte)
                } else {
                    (isQuoted, wasQuoted) = (false, true)
                }
            case UInt8(ascii: "\""):
                guard cell.isEmpty, !wasQuoted else { return nil }
                isQuoted = true
            case UInt8(ascii: ",") where !isQuoted:
                cells.append(String(decoding: cell, as: UTF8.self))
                (cell, wasQuoted) = ([], false)
            default:
                guard !wasQuoted else { return nil }
                cell.append(byte)
            }
        }
        guard !isQuoted else { return nil }
        return cells + [String(decoding: cell, as: UTF8.self)]
    }
}
