package import Basics
import ConfigurationFiles
import DataVersioning

extension RevisionValues {
    /// A plot of one or several revisions: its points, and how to draw them.
    package struct Plot: Sendable {
        package struct Point: Sendable {
            package var revision: String
            /// Column, with its file before it where there are several.
            package var series: String
            package var x: JSONValue
            package var y: JSONValue
        }

        /// A path relative to the workspace, or an id.
        package var file: String
        /// As Vega-Lite reads them: columns of the file, and `rev`.
        package var rows: [JSONValue]
        package var points: [Point]
        /// The column of the horizontal axis; the number of the row when nil.
        package var x: String?
        package var y: String
        package var title: String
        package var xLabel: String
        package var yLabel: String
        package var template: String

        /// A chart specification for any Vega-Lite 5 viewer.
        package var vegaLite: JSONValue {
            let horizontal = x ?? "step", isScatter = template.hasPrefix("scatter")
            let isBar = template.hasPrefix("bar")
            func axis(_ field: String, _ title: String, _ more: [(String, JSONValue)] = []) -> JSONValue {
                .map(
                    [("field", .string(field)), ("type", .string("quantitative")), ("title", .string(title))] + more)
            }
            var encoding: [(String, JSONValue)] = [
                ("x", axis(horizontal, xLabel)), ("y", axis(y, yLabel, [("scale", .map([("zero", .bool(false))]))])),
                ("color", .map([("field", .string("rev")), ("type", .string("nominal"))])),
            ]
            if Set(points.map(\.series)).count > 1 {
                let dash = JSONValue.map([("field", .string("field")), ("type", .string("nominal"))])
                encoding.append((isScatter ? "shape" : "strokeDash", dash))
            }
            return .map([
                "$schema": .string("https://vega.github.io/schema/vega-lite/v5.json"), "title": .string(title),
                "width": .int(300), "height": .int(300),
                "data": .map(["values": .list(rows)]),
                "mark": .map([
                    ("type", .string(isScatter ? "point" : isBar ? "bar" : "line")), ("tooltip", .bool(true)),
                ]), "encoding": .map(encoding),
            ])
        }
    }

    /// The plots of these revisions, and the files among them that no revision has or that cannot be read.
    ///
    /// - Parameter revisions: nil for the workspace.
    package func plots(at revisions: [String?]) throws -> (plots: [Plot], problems: [Problem]) {
        var plots: [Plot] = [], problems: [Problem] = [], seen: Set<String> = []
        for item in plotDefinitions {
            for definition in try unfolded(item.definition, at: revisions) {
                let name = definition.y == nil ? workspace.shown(definition.path) : definition.id
                guard seen.insert(name).inserted else { continue }
                do {
                    if let plot = try plot(definition, name, at: revisions) {
                        plots.append(plot)
                    } else if !item.isOptional {
                        problems.append(Problem(file: name, text: "there is no such file"))
                    }
                } catch let error as any UserFacingError {
                    problems.append(Problem(file: name, text: error.message))
                }
            }
        }
        return (plots, problems)
    }

    /// A directory stands for the files in it that can be drawn.
    private func unfolded(_ definition: PlotDefinition, at revisions: [String?]) throws -> [PlotDefinition] {
        guard definition.y == nil else { return [definition] }
        let directory = workspace.shown(definition.path)
        var names: Set<String> = []
        for revision in revisions { names.formUnion(try files(in: directory, at: revision)) }
        let drawn = names.filter { name in
            ["csv", "tsv", "json", "yaml", "yml"].contains(name.split(separator: ".").last.map(String.init) ?? "")
        }
        return drawn.isEmpty ? [definition] : drawn.sorted().map { definition.moved(to: "\(definition.path)/\($0)") }
    }

    private func plot(_ definition: PlotDefinition, _ name: String, at revisions: [String?]) throws -> Plot? {
        var rows: [JSONValue] = [], points: [Plot.Point] = [], columns = definition.columns, isThere = false
        for revision in revisions {
            let label = revision ?? "workspace"
            var sources = definition.y
            if sources == nil {
                guard let table = try table(definition.path, definition, at: revision) else { continue }
                if columns.isEmpty, let last = table.first?.last?.0 { columns = [last] }
                sources = [PlotDefinition.Columns(file: definition.path, names: columns)]
            }
            let all = sources ?? [], isSingle = all.reduce(0) { $0 + $1.names.count } == 1
            for source in all {
                guard let table = try table(source.file, definition, at: revision) else { continue }
                isThere = true
                let other = try definition.xFile.flatMap { file in
                    file.file == source.file ? table : try self.table(file.file, definition, at: revision)
                }
                let prefix = all.count > 1 ? "\(workspace.shown(source.file))::" : ""
                for column in source.names {
                    try check(column, table, source.file)
                    for (step, row) in table.enumerated() {
                        let from = other.map { step < $0.count ? $0[step] : [] } ?? row
                        let name = definition.xFile?.names.first ?? definition.x
                        let x = name.map { name in from.first { $0.0 == name }?.1 ?? .null } ?? .int(step)
                        guard let y = row.first(where: { $0.0 == column })?.1 else { continue }
                        points.append(Plot.Point(revision: label, series: prefix + column, x: x, y: y))
                        var pairs: [(String, JSONValue)] = [("rev", .string(label))]
                        if name == nil { pairs.append(("step", .int(step))) }
                        pairs += row
                        if other != nil, let name { pairs = pairs.filter { $0.0 != name } + [(name, x)] }
                        if !isSingle {
                            pairs += [("dvc_inferred_y_value", y), ("field", .string(prefix + column))]
                        }
                        rows.append(.map(pairs))
                    }
                }
            }
        }
        guard isThere else { return nil }
        let names = definition.y?.flatMap(\.names) ?? columns, x = definition.xFile?.names.first ?? definition.x
        let label = Set(names).count == 1 ? names[0] : "y"
        return Plot(
            file: name, rows: rows, points: points, x: x, y: names.count == 1 ? names[0] : "dvc_inferred_y_value",
            title: definition.title ?? name, xLabel: definition.xLabel ?? x ?? "step",
            yLabel: definition.yLabel ?? label, template: definition.template)
    }

    private func check(_ column: String, _ table: [[(String, JSONValue)]], _ file: String) throws {
        guard let first = table.first, !table.contains(where: { $0.contains { $0.0 == column } }) else { return }
        throw ConfigError(
            "found no column '\(column)'", at: SourceMark(file: workspace.shown(file), line: 1, column: 1),
            hint: NearestName.of(column, in: first.map(\.0)).map { "did you mean '\($0)'?" })
    }

    private func table(_ path: String, _ definition: PlotDefinition, at revision: String?) throws -> [[(
        String, JSONValue
    )]]? {
        let file = workspace.shown(path)
        guard let bytes = try bytes(file, at: revision) else { return nil }
        return try RevisionValues.rows(
            String(decoding: bytes, as: UTF8.self), file: file, hasHeader: definition.hasHeader)
    }

    /// Rows of CSV, TSV, or of a list of maps in JSON and YAML.
    private static func rows(_ text: String, file: String, hasHeader: Bool) throws -> [[(String, JSONValue)]] {
        let kind = file.split(separator: ".").last.map(String.init)
        if kind == "csv" || kind == "tsv" {
            let separator: Character = kind == "csv" ? "," : "\t"
            let lines = text.textLines().map { RevisionValues.fields($0, separator) }
            guard let first = lines.first else { return [] }
            let header = hasHeader ? first : first.indices.map(String.init)
            return lines.dropFirst(hasHeader ? 1 : 0).map { line in
                zip(header, line).map { ($0, JSONValue(YAMLFile.resolve($1))) }
            }
        }
        let node = try ParameterFile.parse(text, file: file)
        let list = node.listValue ?? firstList(node) ?? []
        return list.compactMap { $0.mapValue?.map { ($0.key, $0.value) } }
    }

    /// The first list of maps, however deep it lies.
    private static func firstList(_ node: JSONValue) -> [JSONValue]? {
        for entry in node.mapValue ?? [] {
            if let list = entry.value.listValue, list.contains(where: { $0.mapValue != nil }) { return list }
            if let found = firstList(entry.value) { return found }
        }
        return nil
    }

    /// The fields of a line; quotes hold separators, and stand for themselves when doubled.
    static func fields(_ line: Substring, _ separator: Character) -> [String] {
        guard line.contains("\"") else {
            return line.split(separator: separator, omittingEmptySubsequences: false).map(String.init)
        }
        var fields: [String] = [], field = "", isQuoted = false, previous: Character?
        for character in line {
            if character == "\"" {
                if !isQuoted, previous == "\"" { field.append("\"") }
                isQuoted.toggle()
            } else if character == separator, !isQuoted {
                fields.append(field)
                field = ""
            } else {
                field.append(character)
            }
            previous = character
        }
        return fields + [field]
    }
}
