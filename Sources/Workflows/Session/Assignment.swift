import Basics
import ConfigurationFiles

/// Values given on the command line.
package enum Assignment {
    /// Reads a value as YAML would read it in the file it replaces; a text that is no YAML is a text.
    package static func value(_ text: String) -> JSONValue {
        (try? YAMLFile.parse(text, file: "--set")) ?? .string(text)
    }
}
