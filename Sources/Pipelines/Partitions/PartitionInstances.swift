import Basics
import DataVersioning

extension PartitionSpec {
    /// The files that match now, sorted, with what their names say.
    ///
    /// - Throws: ``Failure`` with code `partition.name` for a name that typed fields read in two ways or not at all.
    func inputs(_ stage: Stage) throws -> [(file: String, key: PartitionKey?)] {
        let directory = stage.absolute(PartitionSpec.base(of: pattern))
        guard Paths.isDirectory(directory) else { return [] }
        return try matching(stage, try Paths.files(below: directory))
    }

    /// Which of some files below the directory of the inputs match.
    ///
    /// - Parameter names: relative to that directory.
    func matching(_ stage: Stage, _ names: [String]) throws -> [(file: String, key: PartitionKey?)] {
        let base = PartitionSpec.base(of: pattern), typed = try PartitionSpec.typed(pattern, at: stage.mark)
        return try names.compactMap { name in
            let file = base == "." ? name : "\(base)/\(name)"
            guard let typed else { return Glob.matches(pattern, file) ? (file, nil) : nil }
            return try typed.key(of: file).map { (file, $0) }
        }
    }

    /// Hash of all that a partition is made by, beside its input.
    ///
    /// - Parameter shared: what all partitions read, in the order of the stage.
    func recipe(_ shared: [DataEntry], _ values: [JSONValue.Entry]) -> String {
        // The file alone tells its path, name and stem; what a field of it is, the pattern decides.
        let plain = ["path", "name", "stem", "directory"].map { "${each.\($0)}" }
        let usesFields = (commands + outputs).contains { text in
            plain.reduce(text) { $0.replacing($1, with: "") }.contains("${each.")
        }
        let shared = shared.map { "\($0.path) \($0.md5)" }
        let parts = commands + outputs + shared + [JSONValue(.map(values)).text(.canonical)]
        return Digest.md5(Array((parts + (usesFields ? ["each: \(pattern)"] : [])).joined(separator: "\n").utf8))
    }

    /// What is to be done for the files that match now, sorted.
    ///
    /// - Throws: ``ConfigError`` when two of them would write the same output.
    func instances(_ stage: Stage) throws -> [Instance] {
        let files = try inputs(stage)
        var makers: [String: String] = [:]
        return try files.map { file, key in
            guard !file.contains(where: { $0 == "\t" || $0 == "\n" }) else {
                throw ConfigError(
                    "found the file name '\(file.debugDescription)' for stage '\(stage.name)', expected one without "
                        + "tabs and line breaks",
                    at: stage.mark)
            }
            let values = PartitionSpec.values(file, key)
            func filled(_ texts: [String], isCommand: Bool) throws -> [String] {
                // In commands the values are quoted: a file name must not become a command.
                let shown = isCommand ? values.map { ($0.0, Shell.quoted($0.1)) } : values
                var template = Template(.map([("each", .map(shown.map { ($0.0, .string($0.1)) }))]))
                template.source = values.map { "${each.\($0.0)}" }.joined(separator: ", ")
                return try texts.map { try template.fill(JSONValue(.string($0), mark: stage.mark)).stringValue ?? $0 }
            }
            let instance = Instance(
                input: file, key: key, commands: try filled(commands, isCommand: true),
                outputs: try filled(outputs, isCommand: false))
            for output in instance.outputs {
                if let other = makers.updateValue(file, forKey: output) {
                    throw ConfigError(
                        "found '\(output)' as output of both '\(other)' and '\(file)' in stage '\(stage.name)'",
                        at: stage.mark, hint: "tell them apart with ${each.name}")
                }
            }
            return instance
        }
    }

    /// What stands behind `${each.…}` for a file.
    private static func values(_ file: String, _ key: PartitionKey?) -> [(String, String)] {
        [
            ("path", file), ("name", Paths.name(file)), ("stem", PartitionSpec.stem(file)),
            ("directory", Paths.parent(file)),
        ] + (key?.fields.map { ($0.name, $0.value.description) } ?? [])
    }

    /// The pattern where it has typed fields, `raw/{date:%Y-%m-%d}_{symbol}.csv.gz`; nil for a shell pattern.
    ///
    /// - Throws: ``ConfigError`` at the place of the pattern.
    static func typed(_ pattern: String, at mark: SourceMark?) throws -> PartitionPattern? {
        guard PartitionPattern.hasFields(pattern) else { return nil }
        do { return try PartitionPattern(pattern) } catch let failure as Failure {
            throw ConfigError(failure.message, at: mark, code: failure.code, hint: failure.hint)
        }
    }
}
