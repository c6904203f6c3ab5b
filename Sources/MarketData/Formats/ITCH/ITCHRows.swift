import Basics
import Tables

/// The messages of an ITCH file as a canonical table.
final class ITCHRows: ChunkSource {
    static let zone = "America/New_York"
    let fields: [Field]
    private let file: ITCHFile
    private let table: CanonicalKind
    private let stream: ITCHStream
    private let books = ITCHBookBuilder()
    private var builder: CanonicalBuilder
    private var zone: ExchangeZone
    /// By locate number: names of instruments, empty where none is known yet, and test instruments.
    private var names = [String](repeating: "", count: 1 << 16)
    private var isTest = [Bool](repeating: false, count: 1 << 16)

    init(_ file: ITCHFile, _ table: CanonicalKind) throws {
        (self.file, self.table) = (file, table)
        fields = CanonicalFields.fields(table, priceDecimals: 4, sizeDecimals: 0)
        builder = CanonicalBuilder(table, fields: fields, file: file.path)
        zone = try ExchangeZone(ITCHRows.zone)
        stream = try ITCHStream(file.path)
    }

    func next() throws -> TableChunk? {
        // A replacement makes two rows.
        while builder.rowCount < TableChunk.usualRows - 1 {
            guard let message = try stream.next() else { return builder.rowCount > 0 ? builder.take() : nil }
            try add(message)
        }
        return builder.take()
    }

    private func fault(_ reason: String) -> Failure {
        Failure(
            "data.bad-rows", "\(file.path): message \(stream.number): found \(reason)",
            hint: "messages are missing or damaged; fetch the file again")
    }

    private func add(_ message: ITCHMessage) throws {
        guard message.time < ITCHFormat.latest else {
            throw fault("the time \(message.time), expected nanoseconds after midnight")
        }
        let locate = Int(message.locate), broken = books.firstViolation == nil
        if message.type == UInt8(ascii: "R") {
            names[locate] = message.text(11, 8)
            isTest[locate] = message.u8(29) == UInt8(ascii: "T")
        }
        // What the message concerns has to be looked up before the book changes.
        let order = ITCHRows.concernsOrder(message.type) ? books.order(message.u64(11)) : nil
        books.apply(message)
        if broken, let violation = books.firstViolation {
            throw fault(ITCHRows.reason(violation.rule, message, order))
        }
        guard !isTest[locate] else { return }
        if table == .trades { try addTrade(message, order) } else { try addChange(message, order) }
    }

    private static func concernsOrder(_ type: UInt8) -> Bool { "ECXDU".utf8.contains(type) }

    private static func reason(
        _ rule: ITCHBookBuilder.Violation, _ message: ITCHMessage, _ order: ITCHBookBuilder.Order?
    ) -> String {
        let number = message.number("ref") ?? 0
        return switch rule {
        case .unknownOrder: "order \(number), which was never added or has ended"
        case .duplicateOrder: "a new order with the number of one that lives"
        case .moreThanLeft:
            "\(message.number("shares") ?? 0) shares of order \(number), which has \(order?.shares ?? 0)"
        case .emptyOrder: "an order of 0 shares"
        case .side: "the side '\(message.text("side") ?? "")' of order \(number), expected B or S"
        case .otherInstrument: "instrument \(message.locate) for order \(number), which is of \(order?.locate ?? 0)"
        case .backInTime: "a time before the one of the message above"
        }
    }

    private func place(_ message: ITCHMessage) -> CanonicalBuilder.Place {
        let locate = Int(message.locate)
        if names[locate].isEmpty { names[locate] = message.text("stock") ?? "" }
        // Only in a part of a file: its directory went before.
        if names[locate].isEmpty, locate > 0 { names[locate] = "locate-\(locate)" }
        let day = Int64(file.date?.daysSince1970 ?? 0) * 86_400_000_000_000
        let local = day.saturatingPlus(Int64(clamping: message.time))
        return CanonicalBuilder.Place(
            time: file.date == nil ? local : zone.utc(local), instrument: names[locate], position: stream.number)
    }

    private func whole(_ number: UInt64, _ what: String) throws -> CanonicalBuilder.Cell {
        guard let number = Int64(exactly: number) else {
            throw fault("the \(what) \(number), expected at most 2^63 − 1")
        }
        return .integer(number)
    }

    private func addTrade(_ message: ITCHMessage, _ order: ITCHBookBuilder.Order?) throws {
        // Whoever took a sell order bought.
        let taker: CanonicalBuilder.Cell = order.map { .integer($0.isBuy ? -1 : 1) } ?? .empty
        func price(_ offset: Int) -> CanonicalBuilder.Cell { .integer(Int64(message.u32(offset))) }
        func id(_ offset: Int) -> CanonicalBuilder.Cell { .text(String(message.u64(offset))) }
        switch message.type {
        case UInt8(ascii: "E"):
            builder.add(
                place(message), order.map { .integer(Int64($0.price)) } ?? .empty, .integer(Int64(message.u32(19))),
                taker, id(23), .empty)
        case UInt8(ascii: "C") where message.u8(31) != UInt8(ascii: "N"):
            builder.add(place(message), price(32), .integer(Int64(message.u32(19))), taker, id(23), .empty)
        case UInt8(ascii: "P"):
            // The side says B whatever it was, since 2014.
            builder.add(
                place(message), price(32), .integer(Int64(message.u32(20))), .empty, id(36), .text("hidden"))
        case UInt8(ascii: "Q") where message.u64(11) > 0:
            let size = try whole(message.u64(11), "size")
            builder.add(place(message), price(27), size, .empty, id(31), .text("cross \(message.text(39, 1))"))
        case UInt8(ascii: "B"):
            builder.add(place(message), .empty, .empty, .empty, id(11), .text("broken"))
        default: break
        }
    }

    private func addChange(_ message: ITCHMessage, _ order: ITCHBookBuilder.Order?) throws {
        func add(
            _ action: BookAction, _ isBuy: Bool?, _ price: UInt32?, _ size: CanonicalBuilder.Cell,
            _ order: CanonicalBuilder.Cell, trade: UInt32? = nil
        ) {
            builder.add(
                place(message), .text(action.rawValue), isBuy.map { .integer($0 ? 1 : -1) } ?? .empty,
                price.map { .integer(Int64($0)) } ?? .empty, size, order,
                trade.map { .integer(Int64($0)) } ?? .empty)
        }
        func shares(_ offset: Int) -> CanonicalBuilder.Cell { .integer(Int64(message.u32(offset))) }
        func left() -> CanonicalBuilder.Cell { order.map { .integer(Int64($0.shares)) } ?? .empty }
        func ref(_ offset: Int = 11) throws -> CanonicalBuilder.Cell { try whole(message.u64(offset), "order") }
        switch message.type {
        case UInt8(ascii: "A"), UInt8(ascii: "F"):
            add(.add, message.u8(19) == UInt8(ascii: "B"), message.u32(32), shares(20), try ref())
        case UInt8(ascii: "E"):
            add(.execute, order?.isBuy, order?.price, shares(19), try ref(), trade: order?.price)
        case UInt8(ascii: "C"):
            add(.execute, order?.isBuy, order?.price, shares(19), try ref(), trade: message.u32(32))
        case UInt8(ascii: "X"): add(.reduce, order?.isBuy, order?.price, shares(19), try ref())
        case UInt8(ascii: "D"): add(.delete, order?.isBuy, order?.price, left(), try ref())
        case UInt8(ascii: "U"):
            add(.delete, order?.isBuy, order?.price, left(), try ref())
            add(.add, order?.isBuy, message.u32(31), shares(27), try ref(19))
        case UInt8(ascii: "P"): add(.hidden, nil, nil, shares(20), .empty, trade: message.u32(32))
        case UInt8(ascii: "Q") where message.u64(11) > 0:
            add(.cross, nil, nil, try whole(message.u64(11), "size"), .empty, trade: message.u32(27))
        case UInt8(ascii: "H"):
            switch message.u8(19) {
            case UInt8(ascii: "H"), UInt8(ascii: "P"): add(.halt, nil, nil, .empty, .empty)
            case UInt8(ascii: "Q"): add(.quote, nil, nil, .empty, .empty)
            case UInt8(ascii: "T"): add(.trade, nil, nil, .empty, .empty)
            default: throw fault("the trading state '\(message.text(19, 1))', expected H, P, Q or T")
            }
        default: break
        }
    }
}
