import Basics
import MarketData
import Registry

/// What a market says of corporate actions and tickers, read from the workspace; and up to which day data is looked at.
struct AdjustedData: Sendable {
    /// The market, with the digest of the actions that were read.
    let market: MarketSpec
    private let actions: ActionFiles?
    private let moment: Nanoseconds

    /// - Parameter asOf: the last day that is looked at, where the market is; nil: all.
    /// - Throws: as ``ActionFiles/init(_:root:)``; ``Failure`` with code `time.zone`.
    init(_ market: MarketSpec, asOf: CivilDate? = nil, session: Session) throws {
        actions = try ActionFiles(market, root: session.root)
        self.market = actions?.stamped(market) ?? market
        guard let asOf else {
            moment = .max
            return
        }
        var zone = try ExchangeZone(market.zone)
        moment = zone.utc(Int64(clamping: asOf.daysSince1970 + 1).saturatingTimes(86_400_000_000_000)).saturatingMinus(
            1)
    }

    /// Bars by instrument, as traded: tickers followed, and nothing that had not ended by the day.
    ///
    /// - Parameter series: of each ticker.
    /// - Throws: as ``ActionFiles/followed(_:)``.
    func followed(_ series: [PriceSides.Series]) throws -> [PriceSides.Series] {
        var found = series
        if let actions, actions.tickers != nil {
            found = try actions.followed(series.map(\.table)).map { table, sources in
                (table, sources.flatMap { series[$0].files }, sources.flatMap { series[$0].notes })
            }
        }
        guard moment < .max else { return found }
        return try found.compactMap { table, files, notes in
            let known = try table.known(at: moment, in: market)
            return known.count > 0 ? (known, files, notes) : nil
        }
    }

    /// The actions of an instrument that were known by the day; nil where the market does not adjust.
    ///
    /// - Throws: as ``ActionFiles/table(_:knownAt:)``.
    func table(_ instrument: String) throws -> CorporateActionTable? {
        try actions?.table(instrument, knownAt: moment)
    }

    /// Bars by which money is counted.
    ///
    /// - Throws: as ``ActionFiles/money(_:)``.
    func money(_ tables: [BarTable]) throws -> [BarTable] { try actions?.money(tables) ?? tables }

    /// What lineage calls the actions and ticker maps that were read; nil where there are none.
    var node: LineageNode? {
        guard let actions, let adjust = market.adjust else { return nil }
        let path = [adjust.actions, adjust.tickers].compactMap { $0 }.joined(separator: " and ")
        return LineageNode(
            .other("corporate-actions"), id: actions.digest, label: path, attributes: [.path: path])
    }
}
