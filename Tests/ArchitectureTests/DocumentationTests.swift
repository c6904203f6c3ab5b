import Testing

/// Package API of the modules that compute is documented.
@Suite struct DocumentationTests {
    private static let modules = [
        "Backtesting", "DataQuality", "Execution", "Features", "HyperparameterSearch", "Interchange", "MarketData",
        "NeuralNetworks", "Promotion", "ReinforcementLearning", "Tables", "Tensors", "Trading",
    ]

    /// Declarations without a comment that are still there. The number may only shrink.
    private static let ratchet: [String: Int] = [:]

    /// Words that follow `package` in a declaration; an import or an extension declares nothing.
    private static let kinds: Set<Substring> = [
        "struct", "enum", "class", "actor", "protocol", "func", "var", "let", "static", "init", "subscript",
        "typealias",
        "final", "mutating", "nonmutating", "indirect", "private(set)", "convenience", "override",
    ]

    /// What another declaration documents: the requirements of protocols known to every reader.
    private static let known = [
        "static func ==", "func hash(into", "func encode(to", "init(from decoder", "var description:", "var id:",
    ]

    /// What a line declares, without its types: `func step(_`, `var observationCount`, `init(_`.
    private static func declared(_ line: Substring) -> String? {
        var words = line.split(separator: " ")[...]
        while let word = words.first,
            !["func", "var", "let", "init", "subscript"].contains(word.prefix { $0.isLetter })
        { words = words.dropFirst() }
        guard let word = words.first else { return nil }
        if ["var", "let"].contains(word) {
            return words.dropFirst().first.map { name in "var \(name.prefix { $0 != ":" && $0 != "," })" }
        }
        // The first label belongs to the name.
        return String(
            words.joined(separator: " ").prefix { $0 != ":" && $0 != ")" }.split(separator: " ").prefix(2).joined(
                separator: " "))
    }

    /// What the protocols of a module ask for: documented once, there, for all types that conform.
    private static func requirements(_ files: [SourceFile]) -> (names: Set<String>, undocumented: [String]) {
        var names: Set<String> = [], undocumented: [String] = []
        for file in files {
            var isInside = false
            let lines = file.lines
            for (index, line) in file.codeLines.enumerated() {
                if line.hasPrefix("package protocol ") {
                    isInside = !line.hasSuffix("}")
                } else if line.hasPrefix("}") {
                    isInside = false
                }
                guard isInside, line.hasPrefix("    "), !line.hasPrefix("     "), let name = declared(line) else {
                    continue
                }
                names.insert(name)
                if !lines[index - 1].drop(while: { $0 == " " }).hasPrefix("///") {
                    undocumented.append("\(file.path):\(index + 1)")
                }
            }
        }
        return (names, undocumented)
    }

    @Test("every package declaration has a documentation comment", arguments: modules)
    func declarations(_ module: String) throws {
        let files = try SourceTree.sources.get().filter { $0.module == module }
        let (requirements, undocumented) = Self.requirements(files)
        var missing = undocumented
        for file in files {
            let code = file.codeLines, lines = file.lines
            for (index, line) in code.enumerated() {
                let words = line.split(separator: " ")
                guard let at = words.firstIndex(of: "package"), at + 1 < words.count,
                    words[..<at].allSatisfy({ $0.hasPrefix("@") }),
                    Self.kinds.contains(words[at + 1].prefix { $0 != "(" || words[at + 1].hasPrefix("private(set)") }),
                    !Self.known.contains(where: { line.contains($0) }),
                    !requirements.contains(Self.declared(line) ?? "")
                else { continue }
                var above = index - 1
                while above >= 0, code[above].drop(while: { $0 == " " }).hasPrefix("@") { above -= 1 }
                let comment = above >= 0 ? lines[above].drop { $0 == " " } : ""
                if !comment.hasPrefix("///"), !comment.hasSuffix("*/") { missing.append("\(file.path):\(index + 1)") }
            }
        }
        let allowed = Self.ratchet[module] ?? 0
        #expect(
            missing.count <= allowed,
            """
            \(missing.count) declarations of \(module) have no comment, \(allowed) had none:\n\
            \(missing.joined(separator: "\n"))
            """
        )
    }
}
