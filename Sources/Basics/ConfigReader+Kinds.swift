extension ConfigReader {
    /// The kind that a key names.
    ///
    /// - Parameter fallback: the name where the key is absent; nil where it is required.
    /// - Throws: ``ConfigError`` that lists all names and offers the nearest.
    package func kind<Value>(_ key: String, in kinds: Kinds<Value>, default fallback: String? = nil) throws -> Value {
        try kinds.find(try string(key, default: fallback), at: value(key)?.mark, place: "for '\(name(key))'")
    }
}
