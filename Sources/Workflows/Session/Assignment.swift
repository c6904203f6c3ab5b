package import Basics
import ConfigurationFiles

/// Values given on the command line.
package enum Assignment {
    /// Reads a value as YAML would read it in the file it replaces; a text that is no YAML is a text.
    package static func value(_ text: String) -> JSONValue {
        (try? YAMLFile.parse(text, file: "--set")) ?? .string(text)
    }

    /// Reads `a.b=value` texts, such as those after `--set`.
    ///
    /// - Throws: ``Failure`` with code `usage.set`.
    package static func list(_ texts: [String]) throws -> [(String, JSONValue)] {
        try texts.map { text in
            guard let equals = text.firstIndex(of: "="), equals != text.startIndex else {
                throw Failure("usage.set", "found '\(text)' after --set, expected KEY=VALUE", exitStatus: .usage)
            }
            return (String(text[..<equals]), value(String(text[text.index(after: equals)...])))
        }
    }
}
