import Basics
package import Tables

/// One file in LEAN's layout.
package struct LEANFile: FoundFile {
    let path: String
    let shape: LEANShape
    let resolution: LEANNames.Resolution
    /// As the names say it, in small letters.
    package let ticker: String
    /// Of times that are milliseconds after midnight.
    let date: CivilDate?
    package let notes: [String]

    /// Ten-thousandths of a dollar.
    package static let priceDecimals = 4
    /// Bytes of a line: more than any of the layout has.
    static let longestLine = 1024
    /// Where all times are of.
    package static let zone = "America/New_York"

    init(_ path: String, look: LEANFormat.Look, names: LEANNames) throws {
        (self.path, shape) = (path, look.shape)
        func contradiction(_ name: String, _ by: String, _ content: String) -> Failure {
            Failure(
                "data.lean", "found '\(name)' by \(by) of '\(path)' but \(content) in it",
                hint: "the name is wrong or the file is another's: rename it, or fetch it again")
        }
        let isQuote = shape == .quoteBars || shape == .tickQuotes
        if let side = names.side, (side.value == .quote) != isQuote {
            throw contradiction(side.value.rawValue, side.by, shape.text)
        }
        let isTick = shape == .tickTrades || shape == .tickQuotes
        var resolution = isTick ? LEANNames.Resolution.tick : look.grid
        var assumed: String?
        if let said = names.resolution {
            let fits: Bool =
                switch (shape, said.value) {
                case (.stampedBars, .daily), (.stampedBars, .hour): look.grid == said.value
                case (.tickTrades, .tick), (.tickQuotes, .tick): true
                case (.tradeBars, .minute), (.quoteBars, .minute): look.grid == .minute
                case (.tradeBars, .second), (.quoteBars, .second): look.grid == .minute || look.grid == .second
                default: false
                }
            guard fits else {
                throw contradiction(
                    said.value.rawValue, said.by, isTick ? shape.text : "\(shape.text) on no such grid of time")
            }
            resolution = said.value
        } else if !isTick {
            guard resolution != .tick else { throw contradiction("bars", "the cells", "stamps between the seconds") }
            assumed = "bars of a \(resolution.rawValue) by the stamps of the first \(look.lines) lines; no name says it"
        }
        self.resolution = resolution
        date = shape == .stampedBars ? nil : names.date?.value
        guard date != nil || shape == .stampedBars else {
            throw Failure(
                "data.lean", "found times after midnight in '\(path)' and no name that says the day",
                hint: "name it as LEAN does, such as 20140606_trade.zip")
        }
        guard let ticker = names.ticker, !ticker.value.isEmpty else {
            throw Failure(
                "data.lean", "found no ticker in the names of '\(path)'",
                hint: "put it where LEAN has it: minute/aapl/20140606_trade.zip or daily/aapl.zip")
        }
        self.ticker = ticker.value
        notes = LEANFile.notes(shape, resolution, names, ticker) + (assumed.map { [$0] } ?? [])
    }

    package var kindName: String {
        switch shape {
        case .stampedBars, .tradeBars: "LEAN \(resolution.rawValue) trade bars"
        case .quoteBars: "LEAN \(resolution.rawValue) quote bars"
        case .tickTrades, .tickQuotes: "LEAN \(shape.text)"
        }
    }

    package var tables: [CanonicalKind] {
        switch shape {
        case .stampedBars, .tradeBars: [.bars]
        case .quoteBars, .tickQuotes: [.quotes]
        case .tickTrades: [.trades]
        }
    }

    package func read(_ table: CanonicalKind) throws -> any ChunkSource {
        guard tables.contains(table) else {
            throw Failure(
                "data.format", "found no \(table.rawValue) in '\(path)', which holds \(kindName)",
                hint: "read it as \(tables[0].rawValue)")
        }
        return try LEANSource(self, kind: table)
    }

    /// The file's bytes from the front.
    func open() throws -> FeedLines { try FeedLines(path, largest: 1 << 18) }

    private static func notes(
        _ shape: LEANShape, _ resolution: LEANNames.Resolution, _ names: LEANNames, _ ticker: LEANNames.Said<String>
    ) -> [String] {
        var notes = [
            "times are of New York; prices are ten-thousandths of a dollar, not adjusted for splits and dividends",
            "the instrument '\(ticker.value)' is a ticker, by \(ticker.by): other companies may have had it before",
        ]
        if let date = names.date, shape != .stampedBars { notes.append("the day \(date.value) is by \(date.by)") }
        switch shape {
        case .stampedBars where resolution == .daily:
            notes.append("a daily bar counts as known at the midnight that ends its day")
        case .stampedBars, .tradeBars: notes.append("a bar is stamped at its start and known at its end")
        case .quoteBars:
            notes.append(
                "a row is the closing bid and ask of a \(resolution.rawValue), at whose end it is known; "
                    + "open, high and low of bid and ask are left out")
        case .tickTrades:
            notes.append("the condition is exchange, sale condition in hexadecimal, and 'suspicious' where flagged")
        case .tickQuotes:
            notes.append("a row is one side of one exchange's quote, the other side empty: 0 in the file is no price")
            notes.append("rows that the vendor flags as suspicious are kept, and the flag is left out")
        }
        return notes
    }
}
