import Basics
import ConfigurationFiles
import Promotion

/// What people say about a model that no record can: owner, validator, intended and prohibited use. One YAML file a
/// model, `Registry/cards/NAME.yaml`.
package enum ModelCard {
    package static func path(_ model: String, session: Session) -> String {
        "\(session.root)/Registry/cards/\(model).yaml"
    }

    private static let optional = ["limitations", "venues", "contact", "description", "incidents"]

    /// What a card may say: what supervisors ask for, then what else there is room for.
    package static var keys: [String] { ModelCardComplete.required + optional }

    /// Fields by name, lists joined; nil where there is no card.
    ///
    /// - Throws: ``ConfigError`` for a field that no card has.
    static func fields(_ model: String, session: Session) throws -> [String: String]? {
        let path = path(model, session: session)
        guard Paths.exists(path) else { return nil }
        let node = try YAMLFile.read(path)
        let reader = try ConfigReader(node, keys: ["schemaVersion"] + ModelCardComplete.required + optional)
        try reader.checkSchemaVersion(1)
        return Dictionary(
            (node.mapValue ?? []).filter { $0.key != "schemaVersion" }.map { entry in
                (
                    entry.key,
                    entry.value.stringValue ?? entry.value.listValue.map {
                        $0.map { $0.stringValue ?? $0.text(.compact) }.joined(separator: ", ")
                    } ?? entry.value.text(.compact)
                )
            }
        ) { $1 }
    }
}
