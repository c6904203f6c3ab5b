import Basics
import Tables

/// Checks that every row of a book file follows from the row above by its message: the halves of a pair from which the
/// same rows were cut out fit each other line by line, and only this shows the hole.
///
/// Auctions and halts may leave another book behind than messages tell, so that the rule begins anew with them.
struct LobsterCheck {
    private let messagePath: String
    private let bookPath: String
    /// Whether the first row that does not follow is refused, or only one behind rows that do.
    private let isStrict: Bool
    private var roll: LobsterRoll?
    private var hasFollowed = false

    /// - Parameter isStrict: false where made books are let through of which no row follows from the one above.
    init(messages: String, books: String, isStrict: Bool) {
        (messagePath, bookPath, self.isStrict) = (messages, books, isStrict)
    }

    /// Takes the next message and the book after it.
    ///
    /// - Parameter line: of the book file.
    /// - Throws: ``Failure`` with code `data.book-chain` for a row that does not follow.
    mutating func add(
        _ message: LobsterMessage, _ row: UnsafeBufferPointer<Int64>, line: Int, messageLine: Int
    ) throws {
        guard roll != nil, message.code != .cross, message.code != .halt else {
            roll = LobsterRoll(row)
            return
        }
        let isThere =
            roll?.apply(message.code.kind, side: Int8(message.side), price: message.price, size: message.size) ?? true
        let difference = roll?.advance(to: row).first
        guard !isThere || difference != nil else { return hasFollowed = true }
        guard isStrict || hasFollowed else { return }
        func dollars(_ price: Int64) -> String { FixedPoint.text(price, decimals: LobsterReader.priceDecimals) }
        let found: String
        if let difference {
            let side = difference.side > 0 ? "bid" : "ask"
            found =
                "\(difference.found) shares at the \(side) of \(dollars(difference.price)), expected "
                + "\(difference.expected) by the row above and"
        } else {
            found = "a book in which \(message.size) shares at \(dollars(message.price)) could be taken by"
        }
        throw Failure(
            "data.book-chain",
            "\(bookPath):\(line): found \(found) line \(messageLine) of '\(Paths.name(messagePath))': rows between are "
                + "missing in both files, or these are not of one pair",
            hint: "fetch the pair again, or cut it in two before the row, each part with its messages")
    }
}
