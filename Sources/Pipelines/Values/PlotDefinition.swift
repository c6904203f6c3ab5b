import Basics

/// One plot as a `dvc.yaml` states it: a file with its columns, a directory of such files, or an id whose columns come
/// from several files.
package struct PlotDefinition: Sendable, Equatable {
    /// Columns of one file.
    package struct Columns: Sendable, Equatable {
        /// Absolute.
        package var file: String
        package var names: [String]
    }

    /// What the plot is called: a path relative to the pipeline, or an id.
    package var id: String
    /// Absolute: what lies at the id, where that is a path.
    package var path: String
    /// Columns of other files for the vertical axis; nil for those of the file itself.
    package let y: [Columns]?
    /// Columns of the file itself for the vertical axis; empty for its last one.
    package let columns: [String]
    /// Column for the horizontal axis, of the file that the vertical one is of; nil for the number of the row.
    package let x: String?
    /// Column of a file of its own for the horizontal axis.
    package let xFile: Columns?
    package let title: String?
    package let xLabel: String?
    package let yLabel: String?
    /// Of DVC's names, such as `scatter`; anything else is drawn as lines.
    package let template: String
    /// Whether the first line of a CSV file names its columns.
    package let hasHeader: Bool

    private static let keys = ["x", "y", "x_label", "y_label", "title", "template"]

    /// - Parameter settings: what stands behind the id; nil or null for nothing.
    init(_ id: String, _ settings: JSONValue?, directory: String) {
        func text(_ key: String) -> String? { settings?[key: key]?.stringValue }
        func absolute(_ path: String) -> String { Paths.normalized(Paths.join(directory, path)) }
        func columns(_ node: JSONValue?) -> [Columns]? {
            node?.mapValue.map { entries in
                entries.map { entry in
                    let names = entry.value.stringValue.map { [$0] } ?? entry.value.listValue?.compactMap(\.stringValue)
                    return Columns(file: absolute(entry.key), names: names ?? [])
                }
            }
        }
        self.id = id
        path = absolute(id)
        let vertical = settings?[key: "y"]
        y = columns(vertical)
        self.columns = vertical?.stringValue.map { [$0] } ?? vertical?.listValue?.compactMap(\.stringValue) ?? []
        x = text("x")
        xFile = columns(settings?[key: "x"])?.first
        (title, xLabel, yLabel) = (text("title"), text("x_label"), text("y_label"))
        template = text("template") ?? "linear"
        hasHeader = settings?[key: "header"]?.boolValue ?? true
    }

    /// The items of a top-level `plots`: paths, and ids or paths with settings.
    ///
    /// - Throws: ``ConfigError`` for an unknown key, or a value of another kind.
    static func list(_ items: [JSONValue], directory: String) throws -> [PlotDefinition] {
        try items.flatMap { item -> [PlotDefinition] in
            if let path = item.stringValue { return [PlotDefinition(path, nil, directory: directory)] }
            guard let entries = item.mapValue, !entries.isEmpty else {
                throw ConfigError("found \(item.kindName) in 'plots', expected a path or an id", at: item.mark)
            }
            return try entries.map { entry in
                if !entry.value.isNull {
                    let reader = try ConfigReader(entry.value, path: "plots.\(entry.key)", keys: keys)
                    for key in ["x", "y"] {
                        guard let value = reader.value(key), value.stringValue == nil, value.mapValue == nil,
                            key == "x" || value.listValue == nil
                        else { continue }
                        throw ConfigError(
                            "found \(value.kindName) for '\(reader.name(key))', expected a column or files with "
                                + "columns",
                            at: value.mark)
                    }
                }
                return PlotDefinition(entry.key, entry.value, directory: directory)
            }
        }
    }

    /// The same for a file of the directory that it names.
    func moved(to path: String) -> PlotDefinition {
        var copy = self
        copy.path = path
        return copy
    }
}
