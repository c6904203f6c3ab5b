import Basics

/// How bars are adjusted for corporate actions as they are read: the key `adjust` of a market file.
package struct AdjustSpec: Sendable, Equatable {
    /// What an instrument without a file of actions does.
    package enum Missing: String, CaseIterable, Sendable {
        /// It ends the reading.
        case refuse
        /// It has no actions: its prices are used as they are.
        case none
    }

    /// What prices have in them already.
    package enum Held: String, CaseIterable, Sendable {
        /// Nothing: they are as traded.
        case none
        /// All splits up to the day that the file was made.
        case splits
    }

    /// What is taken out of prices.
    package var prices = Adjustment.splits
    /// A file or directory of factor files or of lists of actions, from the root of the workspace; nil where nothing is
    /// adjusted.
    package var actions: String?
    /// A directory of map files, from the root of the workspace; nil where names of files are names of instruments.
    package var tickers: String?
    /// What an instrument without a file of actions does.
    package var missing = Missing.refuse
    /// What prices have in them already; nil: as the kind of file says.
    package var held: Held?
    /// Of all that was read from ``actions`` and ``tickers``, in what was made of them; nil in a market file.
    package var digest: String?

    private static let keys = ["prices", "actions", "tickers", "missing", "held", "digest"]

    /// - Throws: ``ConfigError``.
    init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, path: "adjust", keys: AdjustSpec.keys)
        prices = try reader.choice("prices", default: .splits)
        actions = try reader.optionalString("actions")
        tickers = try reader.optionalString("tickers")
        missing = try reader.choice("missing", default: .refuse)
        if reader.value("held") != nil { held = try reader.choice("held", default: Held.none) }
        digest = try reader.optionalString("digest")
        guard actions != nil || prices == .none else {
            throw ConfigError(
                "found 'adjust.prices: \(prices.rawValue)' without 'adjust.actions'", at: node.mark,
                hint: "name the factor files: adjust: {prices: \(prices.rawValue), actions: Data/factor_files}")
        }
    }

    /// Reads back to an equal value.
    var json: JSONValue {
        var pairs: [(String, JSONValue)] = [("prices", .string(prices.rawValue))]
        if let actions { pairs.append(("actions", .string(actions))) }
        if let tickers { pairs.append(("tickers", .string(tickers))) }
        if missing != .refuse { pairs.append(("missing", .string(missing.rawValue))) }
        if let held { pairs.append(("held", .string(held.rawValue))) }
        if let digest { pairs.append(("digest", .string(digest))) }
        return .map(pairs)
    }
}
