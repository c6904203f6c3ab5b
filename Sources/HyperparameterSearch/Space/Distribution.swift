package import Basics

/// What values one dimension of a search may take, and how they lie over the unit interval, in which samplers work.
///
/// A new kind is a type in a file here and a line in ``Distributions/kinds``.
///
/// Laws, which tests hold for every kind of the table: `value(unit: unit(value: v))` is v for every v that it gives;
/// `value(json(v))` is v; the bounds of [0, 1] give the bounds of the range.
package protocol Distribution: Sendable {
    /// As configurations write it: the key that holds the values or bounds.
    static var kind: String { get }
    /// One sentence for the reference documentation.
    static var summary: String { get }
    /// The options that a configuration may give beside ``kind``.
    static var keys: [String] { get }
    /// Reads the map of a parameter.
    ///
    /// - Parameters:
    ///   - reader: a map with ``kind``, and keys of any kind of the table.
    ///   - name: the parameter's, for messages.
    /// - Throws: ``ConfigError`` for bounds in the wrong order, or options that do not go together.
    init(_ reader: ConfigReader, of name: String) throws
    /// Number of different values; nil for a continuum.
    var count: Int? { get }
    /// Number of values without an order, of which a point holds a position; 0 for numbers.
    var choiceCount: Int { get }
    /// The value at a place of [0, 1]. Discrete values have equal shares of it, on a logarithmic scale shares of equal
    /// ratio.
    func value(unit: Double) -> Double
    /// The place of a value in [0, 1]; the middle of its share for discrete ones.
    func unit(value: Double) -> Double
    /// The value as it is written into a configuration; null for a number that is not one of its values.
    func json(_ value: Double) -> JSONValue
    /// The value that a configuration holds; nil where it is not one of these.
    func value(_ node: JSONValue) -> Double?
    /// Canonical description, from which the identity of a space is made; reads back to an equal distribution.
    var description: [(String, JSONValue)] { get }
}

extension Distribution {
    /// Numbers: there is an order.
    package var choiceCount: Int { 0 }
}

/// The kinds of parameters that a search configuration may name. A new one is a file beside this one and a line here.
package enum Distributions {
    /// By the key that configurations write, in the order of the reference documentation.
    package static let kinds = Kinds<any Distribution.Type>(
        "parameter kind", [entry(FloatRange.self), entry(IntegerRange.self), entry(ChoiceList.self)])

    /// All keys that the map of a parameter may have.
    static let keys: [String] = {
        var own: [String] = []
        for kind in kinds.entries { own += kind.value.keys.filter { !own.contains($0) } }
        return kinds.names + own + ["when"]
    }()

    /// The one distribution of a parameter's map.
    ///
    /// - Throws: ``ConfigError`` where it names none or several.
    static func make(_ reader: ConfigReader, of name: String) throws -> any Distribution {
        let named = kinds.entries.filter { reader.has($0.name) }
        guard named.count == 1, let kind = named.first else {
            let names = kinds.names.dropLast().joined(separator: ", ") + " and " + (kinds.names.last ?? "")
            throw ConfigError("found \(named.count) of \(names) at '\(name)', expected one", at: reader.node.mark)
        }
        return try kind.value.init(reader, of: name)
    }

    private static func entry<D: Distribution>(_ type: D.Type) -> Kinds<any Distribution.Type>.Entry {
        .init(type.kind, type.summary, type)
    }

    /// Whether the scale of a range is logarithmic.
    static func isLogarithmic(_ reader: ConfigReader, of name: String) throws -> Bool {
        let scale = try reader.string("scale", default: "linear")
        guard ["log", "linear"].contains(scale) else {
            throw ConfigError(
                "found the scale '\(scale)' at '\(name)', expected linear or log", at: reader.value("scale")?.mark)
        }
        return scale == "log"
    }

    /// The lower and the upper bound of a range.
    static func bounds<T: Comparable>(_ reader: ConfigReader, _ key: String, _ number: (JSONValue) -> T?) throws -> (
        T, T
    ) {
        let pair = try reader.list(key)
        guard pair.count == 2, let low = number(pair[0]), let high = number(pair[1]), low <= high else {
            throw ConfigError(
                "expected '\(reader.name(key))' to be a lower and an upper bound, such as [1, 10]",
                at: reader.value(key)?.mark)
        }
        return (low, high)
    }

    /// Whole numbers up to this size, and counts of values, are exact as the numbers of a point.
    static let largestExact = 1 << 53
}
