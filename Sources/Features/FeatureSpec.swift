import Basics
import MarketData

/// Which features are computed, from which bars. A model carries the spec it was trained with, and the runtime computes
/// exactly these.
package struct FeatureSpec: Sendable, Equatable {
    package struct Feature: Sendable, Equatable {
        package var name: String
        package var expression: String
    }

    package enum Hours: String, CaseIterable, Sendable {
        /// Only bars inside the calendar's regular session.
        case regular
        case all
    }

    package var features: [Feature]
    package var hours: Hours
    /// Missing bars that do not break a segment.
    package var missingBarsAllowed: Int
    /// Whether a new session starts a new segment, so that no feature sees over the night.
    package var resetsAtSession: Bool

    package static let keys = ["schemaVersion", "features", "hours", "missingBarsAllowed", "resetAtSession", "label"]

    /// - Throws: ``ConfigError``.
    package init(_ node: JSONValue) throws {
        let reader = try ConfigReader(node, keys: FeatureSpec.keys)
        try reader.checkSchemaVersion(1)
        hours = try reader.choice("hours", default: .regular)
        missingBarsAllowed = try reader.int("missingBarsAllowed", default: 0, in: 0...1000)
        resetsAtSession = try reader.bool("resetAtSession", default: true)
        features = []
        let nodes = try reader.required("features").mapValue ?? []
        guard !nodes.isEmpty else {
            throw ConfigError("found no features, expected a map of name to expression", at: reader.value("features")?.mark)
        }
        for entry in nodes {
            guard let text = entry.value.stringValue else {
                throw ConfigError("found \(entry.value.kindName) for the feature '\(entry.key)', expected an expression", at: entry.value.mark)
            }
            _ = try FeatureExpression.parse(text, at: entry.value.mark)
            features.append(Feature(name: entry.key, expression: text))
        }
    }

    package var json: JSONValue {
        .map([
            "schemaVersion": .int(1), "hours": .string(hours.rawValue), "missingBarsAllowed": .int(missingBarsAllowed),
            "resetAtSession": .bool(resetsAtSession),
            "features": .map(features.map { ($0.name, .string($0.expression)) }),
        ])
    }

    package func program() throws -> FeatureProgram {
        FeatureProgram(try features.map { try FeatureExpression.parse($0.expression, at: nil) })
    }
}
