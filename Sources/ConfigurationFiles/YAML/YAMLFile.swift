package import Basics

/// Reads YAML into the JSON data model with positions: YAML 1.2 as DVC reads it, merge keys, tags and anchors included.
/// Every YAML of the product comes through here.
///
/// Differences from DVC's reader: dates stay texts (DVC refuses them in parameters), `%YAML 1.1` is refused, a key that
/// stands twice beside `<<` is refused too (there DVC takes the last one).
package enum YAMLFile {
    /// A document, and whether parts of its text can be taken out and put in by themselves.
    package struct Document {
        package let root: JSONValue
        /// Whether one part names another, by an anchor and its aliases.
        package let hasAliases: Bool
    }

    /// - Throws: ``ConfigError`` with its place; ``FileError``.
    package static func read(_ path: String) throws -> JSONValue {
        try parse(try FileChunks.text(path), file: path)
    }

    /// - Throws: ``ConfigError`` with file, line and column.
    package static func parse(_ text: String, file: String) throws -> JSONValue { try document(text, file: file).root }

    /// - Throws: ``ConfigError`` with file, line and column.
    package static func document(_ text: String, file: String) throws -> Document {
        var text = text
        return try text.withUTF8 { bytes in
            var composer = YAMLComposer(bytes, file: file)
            let root = try composer.document()
            return Document(root: root, hasAliases: composer.hasAliases)
        }
    }

    /// The value of a plain scalar.
    package static func resolve(_ text: String) -> JSONValue.Kind { YAMLScalar.resolve(text) }
}
