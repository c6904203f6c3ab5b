import Basics
import Features
import MarketData
import Registry

/// A feature table in; the raw bars that it was made of, found by lineage and told by their digest, out.
enum RawBars {
    enum Found {
        /// Where the very bytes lie.
        case found(String)
        /// Why they cannot be read, with the command that brings them back.
        case missing(String)
    }

    /// - Parameter features: the table's file and its name in lineage.
    static func find(_ table: FeatureTable, features: (path: String, id: String), session: Session) throws -> Found {
        try find(source: table.source, features: (session.shown(features.path), features.id), session: session)
    }

    /// - Parameters:
    ///   - source: digest of the raw bars; nil for the only ones that lineage knows of.
    ///   - features: the table as messages name it, and its name in lineage.
    static func find(source: String?, features: (shown: String, id: String), session: Session) throws -> Found {
        let registry = try session.registry()
        let nodes = (try? registry.lineage(of: features.id))?.nodes.filter { $0.kind == .rawData } ?? []
        guard let node = source == nil && nodes.count == 1 ? nodes.first : nodes.first(where: { $0.id == source }),
            let graph = try? registry.lineage(of: features.id)
        else { return .missing("nothing on record says from which bars '\(features.shown)' was made") }
        let names =
            [node.label] + [node.attributes[.path]].compactMap { $0 }
            + graph.edges.filter { $0.source == node.id }.map(\.sourceName)
        var tried: [String] = []
        for name in names where !tried.contains(name) {
            tried.append(name)
            let path = Paths.join(session.root, name)
            guard Paths.exists(path) else { continue }
            if try DataIdentity(path, isRead: false, session: session).digest == node.id { return .found(path) }
        }
        return .missing(
            "the raw bars \(node.id.prefix(12)) are not at '\(tried.first ?? "?")' as they were; bring them back "
                + "with: hftml pull && hftml checkout")
    }

    /// One table an instrument, by which money is counted: where the market adjusts, on the level of prices of each
    /// instrument's first day.
    ///
    /// - Throws: as ``traded(_:market:session:)``, ``ActionFiles/money(_:)``.
    static func tables(_ path: String, market: MarketSpec, session: Session) throws -> [BarTable] {
        try AdjustedData(market, session: session).money(
            RecordedInstruments.files(at: path, session: session).tables(market))
    }

    /// One table an instrument, as traded, with its corporate actions; nil where the market does not adjust.
    ///
    /// - Throws: ``Failure`` with code `data.actions` for other actions than the features were made by.
    static func traded(_ path: String, market: MarketSpec, session: Session) throws -> [(
        table: BarTable, actions: CorporateActionTable?
    )] {
        let adjusted = try AdjustedData(market, session: session)
        let tables = try RecordedInstruments.files(at: path, session: session).tables(market)
        return try adjusted.followed(tables.enumerated().map { ($1, [$0], []) }).map {
            ($0.table, try adjusted.table($0.table.instrument))
        }
    }
}
