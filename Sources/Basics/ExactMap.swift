/// A dictionary whose keys are texts that are compared by their bytes: file names, stages, keys of documents.
///
/// The same as `[ExactText: Value]`, asked by plain texts.
package struct ExactMap<Value>: ExpressibleByDictionaryLiteral {
    private var values: [ExactText: Value] = [:]

    package init(dictionaryLiteral elements: (String, Value)...) { self.init(elements) }

    /// Of a key that comes twice, the last value counts.
    package init(_ pairs: some Sequence<(String, Value)>) {
        for (key, value) in pairs { values[ExactText(key)] = value }
    }

    package var isEmpty: Bool { values.isEmpty }
    package var count: Int { values.count }
    /// In no order.
    package var keys: [String] { values.keys.map(\.text) }

    /// In the order of the keys' bytes.
    package var sorted: [(key: String, value: Value)] {
        values.sorted { $0.key < $1.key }.map { ($0.key.text, $0.value) }
    }

    package subscript(key: String) -> Value? {
        get { values[ExactText(key)] }
        set { values[ExactText(key)] = newValue }
    }

    package subscript(key: String, default fallback: @autoclosure () -> Value) -> Value {
        get { values[ExactText(key), default: fallback()] }
        set { values[ExactText(key)] = newValue }
    }
}

extension ExactMap: Sendable where Value: Sendable {}
extension ExactMap: Equatable where Value: Equatable {}

/// A set of texts that are compared by their bytes.
package struct ExactSet: Sendable, Equatable {
    private var texts: Set<ExactText>

    package init(_ texts: some Sequence<String>) { self.texts = Set(texts.map(ExactText.init)) }

    package init() { texts = [] }

    package var isEmpty: Bool { texts.isEmpty }
    package var sorted: [String] { texts.sorted().map(\.text) }

    package func contains(_ text: String) -> Bool { texts.contains(ExactText(text)) }

    /// Whether the text was new.
    @discardableResult
    package mutating func insert(_ text: String) -> Bool { texts.insert(ExactText(text)).inserted }

    package func isSuperset(of other: ExactSet) -> Bool { texts.isSuperset(of: other.texts) }

    package func subtracting(_ other: ExactSet) -> ExactSet {
        var out = self
        out.texts.subtract(other.texts)
        return out
    }
}
