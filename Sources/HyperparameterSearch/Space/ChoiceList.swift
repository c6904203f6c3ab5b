package import Basics

/// Values without an order. A point holds the position of the chosen one.
package struct ChoiceList: Distribution {
    package static let kind = "choice"
    package static let summary = "One of the listed values, which have no order."
    package static let keys: [String] = []
    let values: [JSONValue]

    /// One value: a constant.
    init(constant: JSONValue) { values = [constant] }

    package init(_ reader: ConfigReader, of name: String) throws {
        values = try reader.list(ChoiceList.kind)
        guard !values.isEmpty, !reader.has("scale"), !reader.has("step") else {
            throw ConfigError(
                "expected a list of values, without scale and step, at '\(name)'", at: reader.node.mark)
        }
    }

    package var count: Int? { values.count }
    package var choiceCount: Int { values.count }

    package func value(unit: Double) -> Double {
        Double(min(Int(saturating: min(max(unit, 0), 1) * Double(values.count)), values.count - 1))
    }

    package func unit(value: Double) -> Double { (value + 0.5) / Double(values.count) }

    package func json(_ value: Double) -> JSONValue {
        // Numbers may come from a file.
        Int(exactly: value).flatMap { values.indices.contains($0) ? values[$0] : nil } ?? .null
    }

    package func value(_ node: JSONValue) -> Double? { values.firstIndex(of: node).map(Double.init) }

    package var description: [(String, JSONValue)] { [("choice", .list(values))] }
}
