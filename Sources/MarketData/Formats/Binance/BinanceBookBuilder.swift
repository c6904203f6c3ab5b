/// The order book of one instrument, from its depth updates and snapshots.
///
/// Levels outside the snapshot's depth that never change are not known; the best ones are exact.
package struct BinanceBookBuilder {
    /// Levels of buyers, the highest first.
    package private(set) var bids = BookLevels(isBids: true)
    /// Levels of sellers, the lowest first.
    package private(set) var asks = BookLevels(isBids: false)
    /// Which updates were applied, dropped and missed.
    package private(set) var chain: BinanceDepthChain
    /// Levels that were removed and not there: normal, since updates go deeper than snapshots.
    package private(set) var absentRemovalCount = 0
    /// Updates after which the best bid was not below the best ask.
    package private(set) var crossedCount = 0
    /// Whether a snapshot has begun the book and nothing broke it since.
    package private(set) var isKnown = false

    /// - Parameter file: for messages.
    package init(file: String, rule: BinanceDepthChain.BreakRule = .refuse) {
        chain = BinanceDepthChain(file: file, rule: rule)
    }

    /// Takes the next update or snapshot.
    ///
    /// - Parameter applied: called after every update that changed the book, the book being as it stands then.
    /// - Throws: as ``BinanceDepthChain/add(_:isSnapshot:)``, and what `applied` throws.
    package mutating func add(
        _ depth: BinanceDepth, isSnapshot: Bool,
        applied: (BinanceDepth, BinanceBookBuilder) throws -> Void = { _, _ in }
    ) throws {
        for step in try chain.add(depth, isSnapshot: isSnapshot) {
            switch step {
            case .begin(let snapshot):
                clear()
                set(snapshot.levels)
                isKnown = true
            case .lost:
                clear()
                isKnown = false
            case .apply(let update):
                set(update.levels)
                if let bid = bids.bestPrice, let ask = asks.bestPrice, bid >= ask { crossedCount += 1 }
                try applied(update, self)
            }
        }
    }

    private mutating func clear() {
        bids.removeAll()
        asks.removeAll()
    }

    private mutating func set(_ levels: [BinanceLevel]) {
        for level in levels {
            let wasThere = level.side > 0 ? bids.set(level.price, level.size) : asks.set(level.price, level.size)
            if !wasThere { absentRemovalCount += 1 }
        }
    }
}
