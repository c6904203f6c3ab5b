package import Tables

/// Columns of the canonical tables. The first seven are those of every table.
///
/// Column by column: `time` is the exchange's own (of a bar: its start); `receive_time` when the recorder had it, empty
/// where the file does not say; `known_time` when the row could be known: the later of the two, a bar at its end;
/// `sequence` the source's own number, empty where it has none; `file` and `position` where the row stands (line of a
/// text, message of a feed, row of a table, from 1); `instrument` as the file names it.
package enum CanonicalFields {
    /// Of every table, in this order.
    package static let common: [Field] = [
        Field("time", .timestamp(.nanosecond, isUTC: true), isOptional: false),
        Field("receive_time", .timestamp(.nanosecond, isUTC: true)),
        Field("known_time", .timestamp(.nanosecond, isUTC: true), isOptional: false),
        Field("sequence", .int64), Field("instrument", .text, isOptional: false),
        Field("file", .text, isOptional: false), Field("position", .int64, isOptional: false),
    ]

    /// Of bars that say how many trades they were made of; empty where they were made of bars that do not say it.
    package static func countedBars(priceDecimals: Int, sizeDecimals: Int) -> [Field] {
        fields(.bars, priceDecimals: priceDecimals, sizeDecimals: sizeDecimals) + [Field("trades", .int64)]
    }

    /// - Parameters:
    ///   - priceDecimals: prices are integers of 10^−priceDecimals.
    ///   - sizeDecimals: volumes and sizes are integers of 10^−sizeDecimals.
    ///   - levels: of a book snapshot.
    package static func fields(
        _ kind: CanonicalKind, priceDecimals: Int, sizeDecimals: Int, levels: Int = 0
    ) -> [Field] {
        let price = ColumnType.decimal(scale: priceDecimals), size = ColumnType.decimal(scale: sizeDecimals)
        switch kind {
        case .bars:
            return common + [
                Field("open", price), Field("high", price), Field("low", price), Field("close", price),
                // Empty where the source has none: not the same as nothing traded.
                Field("volume", size),
            ]
        case .trades:
            // `side` of whoever started the trade: 1 a buyer, −1 a seller, empty where it is not said.
            return common + [
                Field("price", price), Field("size", size), Field("side", .int64), Field("id", .text),
                Field("condition", .text),
            ]
        case .quotes:
            return common + [
                Field("bid", price), Field("bid_size", size), Field("ask", price), Field("ask_size", size),
                Field("venue", .text),
            ]
        case .bookChanges:
            // `action`: see BookAction; `side` of the order: 1 buy, −1 sell; `order` where orders have numbers.
            return common + [
                Field("action", .text, isOptional: false), Field("side", .int64), Field("price", price),
                Field("size", size), Field("order", .int64), Field("trade_price", price),
            ]
        case .bookSnapshots:
            let rows = (1...max(levels, 1)).flatMap { level in
                [
                    Field("ask_price_\(level)", price), Field("ask_size_\(level)", size),
                    Field("bid_price_\(level)", price), Field("bid_size_\(level)", size),
                ]
            }
            return common + (levels > 0 ? rows : [])
        }
    }
}

/// What a row of a table of book changes does.
package enum BookAction: String, CaseIterable, Sendable {
    /// A new order of `size` at `price`.
    case add
    /// `size` of an order was taken back.
    case reduce
    /// All that is left of an order was taken back.
    case delete
    /// `size` of a visible order traded.
    case execute
    /// The level `price` now holds `size` in all; 0: nothing.
    case set
    /// The book begins anew: what was known of it no longer holds.
    case clear
    /// A trade that concerned no visible order.
    case hidden
    /// An auction traded `size` at `price`.
    case cross
    /// Trading was halted, or goes on.
    case halt, quote, trade
}
