package import Basics

/// A typed stage: a name and keys that lower to one `hftml` command with its dependencies and outputs.
///
/// This module knows no concrete type; Workflows declares them as data. So a typed stage can always be written as a
/// plain DVC stage, and what a stage reads and writes is stated once.
package struct StageType: Sendable {
    package enum Role: Sendable {
        /// A path that is read; several if the value is a list.
        case input
        /// A path that is made and cached.
        case output
        /// A path that is made outside the cache.
        case uncachedOutput
        /// A value that only appears in the command.
        case value
        /// The same for `key=value`, which may be written as a map as well.
        case assignment
    }

    package struct Key: Sendable {
        package var name: String
        package var role: Role
        /// `--option`, or nil for a positional argument.
        package var option: String?
        package var isRequired: Bool

        package init(_ name: String, _ role: Role, option: String? = nil, isRequired: Bool = false) {
            self.name = name
            self.role = role
            self.option = option
            self.isRequired = isRequired
        }
    }

    /// The key of a stage that makes it one of this type.
    package var name: String
    /// One line for the reference documentation.
    package var summary: String
    /// The words after the program, such as `["simulate", "market"]`.
    package var command: [String]
    package var program: String
    /// In the order in which they appear in the command.
    package var keys: [Key]
    /// Whether exit status 2 is its verdict of no, and not a failure.
    package var saysVerdict: Bool

    /// - Parameters:
    ///   - summary: one line for the reference documentation.
    ///   - command: the words after the program.
    ///   - saysVerdict: whether exit status 2 is its verdict of no.
    package init(
        _ name: String, _ summary: String, program: String = "hftml", command: [String], saysVerdict: Bool = false,
        keys: [Key]
    ) {
        self.name = name
        self.summary = summary
        self.program = program
        self.command = command
        self.keys = keys
        self.saysVerdict = saysVerdict
    }

    /// A table of types, in this order.
    package static func kinds(_ types: [StageType]) -> Kinds<StageType> {
        Kinds("stage type", types.map { .init($0.name, $0.summary, $0) })
    }

    /// Lowers one stage.
    ///
    /// - Throws: ``ConfigError`` for unknown, missing or mistyped keys.
    func lower(_ node: JSONValue, stage: String) throws -> (
        command: String, dependencies: [String], outputs: [Stage.Output]
    ) {
        let reader = try ConfigReader(node, path: "stages.\(stage).\(name)", keys: keys.map(\.name))
        var words = [program] + command
        var dependencies: [String] = []
        var outputs: [Stage.Output] = []
        for key in keys {
            guard let value = key.isRequired ? try reader.required(key.name) : reader.value(key.name) else { continue }
            for item in value.listValue ?? StageType.assignments(value, key) ?? [value] {
                guard let text = StageType.text(item) else {
                    throw ConfigError(
                        "found \(item.kindName) for '\(reader.name(key.name))', expected a text or number",
                        at: item.mark)
                }
                if let option = key.option { words.append(option) }
                words.append(Shell.quoted(text))
                switch key.role {
                case .input: dependencies.append(text)
                case .output: outputs.append(Stage.Output(path: text))
                case .uncachedOutput: outputs.append(Stage.Output(path: text, isCached: false))
                case .value, .assignment: break
                }
            }
        }
        return (words.joined(separator: " "), dependencies, outputs)
    }

    /// `set: {training.epochs: 3}` says the same as `set: [training.epochs=3]`.
    private static func assignments(_ node: JSONValue, _ key: Key) -> [JSONValue]? {
        guard key.role == .assignment, node.mapValue?.isEmpty == false else { return nil }
        // Lists stay whole: they are values.
        func leaves(_ node: JSONValue, _ prefix: String) -> [JSONValue] {
            (node.mapValue ?? []).flatMap { entry -> [JSONValue] in
                let path = prefix.isEmpty ? entry.key : "\(prefix).\(entry.key)", value = entry.value
                if value.mapValue?.isEmpty == false { return leaves(value, path) }
                return [JSONValue(.string("\(path)=\(text(value) ?? value.text(.compact))"), mark: value.mark)]
            }
        }
        return leaves(node, "")
    }

    private static func text(_ node: JSONValue) -> String? {
        switch node.kind {
        case .string(let text): text
        case .integer(let number): String(number)
        case .number(let number): number.pythonText
        case .bool(let flag): flag ? "true" : "false"
        default: nil
        }
    }
}
