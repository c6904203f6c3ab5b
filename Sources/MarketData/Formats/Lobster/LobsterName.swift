import Basics

/// What the name of a LOBSTER file says: `GOOG_2012-06-21_34200000_57600000_message_10.csv`.
struct LobsterName {
    /// Whatever stands before the date.
    let instrument: String
    /// In New York.
    let date: CivilDate
    /// Of a side, where the name says so.
    let levels: Int?

    /// - Throws: ``Failure`` with code `data.book-name` for a name that does not say instrument and date.
    init(_ path: String) throws {
        let name = Paths.name(path), parts = name.split(separator: "_")
        guard let place = parts.firstIndex(where: { CivilDate(String($0)) != nil }), place > 0,
            let date = CivilDate(String(parts[place]))
        else {
            throw Failure(
                "data.book-name", "found the name '\(name)', expected TICKER_DATE_START_END_message_LEVELS.csv",
                hint: "keep the names LOBSTER gave")
        }
        instrument = parts[..<place].joined(separator: "_")
        self.date = date
        levels = parts.last.flatMap { Int($0.prefix { $0.isNumber }) }
    }

    /// The file beside it: the books of messages, the messages of books; nil for a name that says neither.
    static func other(of path: String) -> String? {
        let name = Paths.name(path)
        for (one, other) in [("_message_", "_orderbook_"), ("_orderbook_", "_message_")] where name.contains(one) {
            return Paths.join(Paths.parent(path), name.replacing(one, with: other))
        }
        return nil
    }
}
