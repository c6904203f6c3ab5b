/// An instrument of a feed, and what the numbers of its events mean.
package struct BookInstrument: Sendable, Equatable {
    /// From 0, in order of the first events of a reading.
    package let index: Int
    /// As the source names it.
    package let name: String
    /// Levels of a side that its events have.
    package let levels: Int
    /// Decimals of its prices.
    package let priceDecimals: Int
    /// Decimals of its sizes.
    package let sizeDecimals: Int
    /// Whether events say what traded. Levels alone do not: an order that is gone may have traded or not.
    package let saysTrades: Bool

    /// An instrument whose sizes are whole and whose trades are told, unless said otherwise.
    package init(
        index: Int = 0, name: String, levels: Int, priceDecimals: Int, sizeDecimals: Int = 0, saysTrades: Bool = true
    ) {
        (self.index, self.name, self.levels) = (index, name, levels)
        (self.priceDecimals, self.sizeDecimals, self.saysTrades) = (priceDecimals, sizeDecimals, saysTrades)
    }
}

/// A recording of order books: of one instrument or of many, event by event, in order of the source.
package protocol BookFeed: Sendable {
    /// The file to name in messages.
    var path: String { get }
    /// What was assumed about the file, a sentence each.
    var notes: [String] { get }

    /// Calls `body` for every event; its levels are valid inside the call only. All instruments come in one pass, and
    /// memory does not grow with the file.
    ///
    /// - Throws: what names file, place and reason of the first row that is no event; whatever `body` throws.
    func read(_ body: (BookInstrument, BookEvent) throws -> Void) throws
}

/// What whoever reads books wants of them and knows about them.
package struct BookRequest: Sendable {
    /// Levels of a side that events have where the source has any number of them.
    package var levels: Int
    /// What somebody says of the files: zone, decimals of prices, how they are written; nil where nobody does.
    package var market: MarketSpec?

    /// The most levels that may be asked for.
    package static let mostLevels = 1000

    /// - Parameter levels: at least 1.
    package init(levels: Int = 10, market: MarketSpec? = nil) {
        (self.levels, self.market) = (min(max(levels, 1), BookRequest.mostLevels), market)
    }
}

/// Finds the recordings of order books among files.
package protocol BookFormat: Sendable {
    /// Takes the files of this format out of a list, and makes feeds of them, in order of name.
    ///
    /// - Throws: ``Failure`` for names, pairs or files that do not fit the format.
    static func feeds(of files: inout [String], _ request: BookRequest) throws -> [any BookFeed]
}
