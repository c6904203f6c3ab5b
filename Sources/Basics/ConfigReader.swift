/// A mistake in a configuration file or a JSON document, with its place.
package struct ConfigError: UserFacingError, Equatable {
    package let problem: String
    package let mark: SourceMark?
    package let code: String
    package let hint: String?

    package init(_ problem: String, at mark: SourceMark?, code: String = "config.invalid", hint: String? = nil) {
        self.problem = problem
        self.mark = mark
        self.code = code
        self.hint = hint
    }

    package var message: String { mark.map { "\($0): \(problem)" } ?? problem }
    package var exitStatus: ExitStatus { .usage }
}

/// Typed access to the keys of one map, with errors that name file, line, column and the nearest valid key.
///
/// The allowed keys are given up front, so an unknown key is an error even when nothing asks for it.
package struct ConfigReader: Sendable {
    package let node: JSONValue
    /// Dotted path from the root of the document, for messages.
    package let path: String
    private let keys: [String]

    /// - Throws: ``ConfigError`` when the value is not a map, holds a key twice, or holds a key that is not allowed.
    package init(_ node: JSONValue, path: String = "", keys: [String]) throws {
        guard let entries = node.mapValue else {
            throw ConfigError(
                "found \(node.kindName)\(path.isEmpty ? "" : " for '\(path)'"), expected a map with the keys "
                    + "\(keys.joined(separator: ", "))",
                at: node.mark)
        }
        var seen: Set<String> = []
        for entry in entries {
            let name = path.isEmpty ? entry.key : "\(path).\(entry.key)"
            guard keys.contains(entry.key) else {
                let near = NearestName.of(entry.key, in: keys)
                throw ConfigError(
                    "found the unknown key '\(name)', expected one of \(keys.sorted().joined(separator: ", "))",
                    at: entry.keyMark ?? entry.value.mark, hint: near.map { "did you mean '\($0)'?" })
            }
            guard seen.insert(entry.key).inserted else {
                throw ConfigError("found the key '\(name)' twice", at: entry.keyMark ?? entry.value.mark)
            }
        }
        self.node = node
        self.path = path
        self.keys = keys
    }

    package func name(_ key: String) -> String { path.isEmpty ? key : "\(path).\(key)" }

    /// The value, or nil when the key is absent or null.
    package func value(_ key: String) -> JSONValue? {
        assert(keys.contains(key), "'\(key)' is read but not in the list of allowed keys")
        guard let value = node[key: key], !value.isNull else { return nil }
        return value
    }

    package func has(_ key: String) -> Bool { value(key) != nil }

    package func required(_ key: String) throws -> JSONValue {
        guard let value = value(key) else {
            throw ConfigError("found no value for the required key '\(name(key))'", at: node.mark)
        }
        return value
    }

    private func mismatch(_ key: String, _ value: JSONValue, _ expected: String) -> ConfigError {
        ConfigError("found \(value.kindName) for '\(name(key))', expected \(expected)", at: value.mark)
    }

    package func optionalString(_ key: String) throws -> String? {
        guard let value = value(key) else { return nil }
        guard let text = value.stringValue else { throw mismatch(key, value, "a text") }
        return text
    }

    package func string(_ key: String, default fallback: String? = nil) throws -> String {
        if let text = try optionalString(key) ?? fallback { return text }
        _ = try required(key)
        return ""
    }

    package func optionalInt(_ key: String, in range: ClosedRange<Int>? = nil) throws -> Int? {
        guard let value = value(key) else { return nil }
        guard let number = value.intValue else { throw mismatch(key, value, "an integer") }
        if let range, !range.contains(number) {
            throw ConfigError(
                "found \(number) for '\(name(key))', expected \(range.lowerBound) to \(range.upperBound)",
                at: value.mark)
        }
        return number
    }

    package func int(_ key: String, default fallback: Int? = nil, in range: ClosedRange<Int>? = nil) throws -> Int {
        if let number = try optionalInt(key, in: range) ?? fallback { return number }
        _ = try required(key)
        return 0
    }

    package func optionalDouble(_ key: String, in range: ClosedRange<Double>? = nil) throws -> Double? {
        guard let value = value(key) else { return nil }
        guard let number = value.doubleValue, !number.isNaN else { throw mismatch(key, value, "a number") }
        if let range, !range.contains(number) {
            throw ConfigError(
                "found \(number) for '\(name(key))', expected \(range.lowerBound) to \(range.upperBound)",
                at: value.mark)
        }
        return number
    }

    package func double(_ key: String, default fallback: Double? = nil, in range: ClosedRange<Double>? = nil) throws
        -> Double
    {
        if let number = try optionalDouble(key, in: range) ?? fallback { return number }
        _ = try required(key)
        return 0
    }

    package func bool(_ key: String, default fallback: Bool) throws -> Bool {
        guard let value = value(key) else { return fallback }
        guard let flag = value.boolValue else { throw mismatch(key, value, "true or false") }
        return flag
    }

    package func list(_ key: String) throws -> [JSONValue] {
        guard let value = value(key) else { return [] }
        guard let items = value.listValue else { throw mismatch(key, value, "a list") }
        return items
    }

    package func strings(_ key: String) throws -> [String] {
        try list(key).map {
            guard let text = $0.stringValue else { throw mismatch(key, $0, "a text") }
            return text
        }
    }

    /// One of an enum's raw values.
    package func choice<T: RawRepresentable & CaseIterable>(_ key: String, default fallback: T? = nil) throws -> T
    where T.RawValue == String {
        guard let value = value(key) else {
            if let fallback { return fallback }
            throw ConfigError("found no value for the required key '\(name(key))'", at: node.mark)
        }
        guard let text = value.stringValue else { throw mismatch(key, value, "a text") }
        if let choice = T(rawValue: text) { return choice }
        let names = T.allCases.map(\.rawValue)
        throw ConfigError(
            "found '\(text)' for '\(name(key))', expected one of \(names.joined(separator: ", "))", at: value.mark,
            hint: NearestName.of(text, in: names).map { "did you mean '\($0)'?" })
    }

    /// Checks the document's version number.
    package func checkSchemaVersion(_ supported: Int) throws { try checkSchemaVersion(supported...supported) }

    /// Checks the document's version number; the newest one is meant where none is written.
    ///
    /// - Returns: the version that is written.
    @discardableResult
    package func checkSchemaVersion(_ supported: ClosedRange<Int>) throws -> Int {
        let found = try int("schemaVersion", default: supported.upperBound)
        guard supported.contains(found) else {
            let expected =
                supported.count == 1
                ? "\(supported.upperBound)" : "\(supported.lowerBound) to \(supported.upperBound)"
            throw ConfigError(
                "found schemaVersion \(found), expected \(expected)", at: value("schemaVersion")?.mark,
                hint: found > supported.upperBound
                    ? "this file was written by a newer hftml; update hftml" : nil)
        }
        return found
    }
}
