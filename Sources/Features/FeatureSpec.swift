package import Basics
package import MarketData

/// Which features are computed, from which bars or book events. A model carries the spec it was trained with, and the
/// runtime computes exactly these.
package struct FeatureSpec: Sendable, Equatable {
    /// One column of the table.
    package struct Feature: Sendable, Equatable {
        /// As the table and the model call it; unique in a spec.
        package var name: String
        /// In the feature language; empty for what was computed elsewhere.
        package var expression: String
    }

    /// Which bars or events are used.
    package enum Hours: String, CaseIterable, Sendable {
        /// Only bars inside the calendar's regular session.
        case regular
        case all
    }

    /// What a row of features is computed from.
    package enum Input: String, CaseIterable, Sendable {
        case bars
        /// Events of an order book.
        case book
        /// Features that came ready-made with their labels, such as FI-2010's.
        case given
    }

    /// Ready-made lists of book columns, in the order of LOBSTER and of DeepLOB: ask price, ask size, bid price, bid
    /// size, level by level.
    package enum Columns: String, CaseIterable, Sendable {
        /// Prices and sizes as they are.
        case book
        /// Distance of every price from the mid in basis points, and the logarithm of every size: no level of price
        /// that drifts.
        case relativeBook = "relative-book"
    }

    /// What the features are computed from.
    package var input = Input.bars
    /// Levels of the book that features may use.
    package var levels = 0
    /// In the order of a row's columns.
    package var features: [Feature]
    /// Which bars or events are used.
    package var hours: Hours
    /// Missing bars that do not break a segment.
    package var missingBarsAllowed: Int
    /// The coarser bars that features are of; nil for the market's own.
    package var bars: BarRule?
    /// Whether a new session starts a new segment, so that no feature sees over the night.
    package var resetsAtSession: Bool
    /// Further columns that come from other tables; recipes have none, tables and models may.
    package var joined: [Joined] = []

    /// Keys of a features file; `label` is read by ``LabelSpec``.
    package static let keys = [
        "schemaVersion", "features", "hours", "missingBarsAllowed", "resetAtSession", "label", "input", "levels",
        "columns", "bars", "language", "join",
    ]

    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, keys: FeatureSpec.keys)
        try reader.checkSchemaVersion(1)
        hours = try reader.choice("hours", default: .regular)
        missingBarsAllowed = try reader.int("missingBarsAllowed", default: 0, in: 0...1000)
        resetsAtSession = try reader.bool("resetAtSession", default: true)
        input = try reader.choice("input", default: .bars)
        levels = input == .book ? try reader.int("levels", default: 10, in: 1...1000) : 0
        features = []
        bars = try readBars(reader)
        if reader.has("columns") {
            guard input == .book else {
                throw ConfigError(
                    "found 'columns' for the input '\(input.rawValue)', expected input: book",
                    at: reader.value("columns")?.mark)
            }
            features = FeatureSpec.columns(try reader.choice("columns"), levels: levels)
        }
        let nodes = reader.value("features")?.mapValue ?? []
        var names = FeatureNames(later: nodes.map(\.key))
        for feature in features { names.define(feature.name, feature.expression) }
        for entry in nodes {
            guard let text = entry.value.stringValue else {
                throw ConfigError(
                    "found \(entry.value.kindName) for the feature '\(entry.key)', expected an expression",
                    at: entry.value.mark)
            }
            if input != .given {
                let expression = try FeatureExpression.parse(text, at: entry.value.mark, names: names)
                try validate(expression, mark: entry.value.mark)
                names.define(entry.key, text)
            }
            features.append(Feature(name: entry.key, expression: text))
        }
        guard !features.isEmpty else {
            throw ConfigError(
                "found no features, expected a map of name to expression",
                at: reader.value("features")?.mark ?? node.mark)
        }
        joined = try reader.list("join").enumerated().map { try Joined($1, path: "join[\($0)]") }
        if let said = try reader.optionalInt("language", in: 1...Int.max) { try requireLanguage(said) }
    }

    /// Features that were computed elsewhere.
    package init(given names: [String]) {
        input = .given
        features = names.map { Feature(name: $0, expression: "") }
        (hours, missingBarsAllowed, resetsAtSession) = (.all, 0, true)
    }

    private func validate(_ expression: FeatureExpression, mark: SourceMark?) throws {
        for (op, level) in expression.applications {
            if let domain = op.domain, domain != input {
                throw ConfigError(
                    "found '\(op.name)', which needs input: \(domain.rawValue), "
                        + "in a spec of input: \(input.rawValue)",
                    at: mark)
            }
            if op.shape == .level, level > levels {
                throw ConfigError(
                    "found level \(level) of '\(op.name)' in a book of \(levels) levels", at: mark,
                    hint: "raise 'levels' if the data has them")
            }
        }
    }

    private static func columns(_ kind: Columns, levels: Int) -> [Feature] {
        (1...levels).flatMap { level in
            ["ask", "bid"].flatMap { side -> [Feature] in
                let price = "\(side)_price(\(level))", size = "\(side)_size(\(level))"
                return [
                    Feature(
                        name: "\(side)_price_\(level)",
                        expression: kind == .book ? price : "10000 * (\(price) / mid - 1)"),
                    Feature(name: "\(side)_size_\(level)", expression: kind == .book ? size : "log(\(size) + 1)"),
                ]
            }
        }
    }

    /// What models and tables carry; reads back to an equal spec.
    package var json: JSONValue {
        let source: [(String, JSONValue)] =
            input == .bars
            ? [] : [("input", .string(input.rawValue))] + (input == .book ? [("levels", .int(levels))] : [])
        var entries: [(String, JSONValue)] = [("schemaVersion", .int(1))]
        entries += source
        entries.append(("hours", .string(hours.rawValue)))
        entries.append(("missingBarsAllowed", .int(missingBarsAllowed)))
        entries.append(("resetAtSession", .bool(resetsAtSession)))
        if let bars { entries.append(("bars", bars.json)) }
        entries.append(("features", .map(features.map { ($0.name, .string($0.expression)) })))
        if !joined.isEmpty { entries.append(("join", .list(joined.map(\.json)))) }
        return .map(entries + languageJSON)
    }

    /// The features compiled to one program.
    ///
    /// - Throws: ``ConfigError`` for an expression that does not parse.
    package func program() throws -> FeatureProgram {
        var names = FeatureNames(later: features.map(\.name))
        let expressions = try features.map { feature in
            let expression = try FeatureExpression.parse(feature.expression, at: nil, names: names)
            names.define(feature.name, feature.expression)
            return expression
        }
        return FeatureProgram(expressions, names: features.map(\.name))
    }
}
