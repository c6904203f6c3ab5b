import Testing

/// Package API of the modules that compute is documented.
@Suite struct DocumentationTests {
    private static let modules = ["Trading", "NeuralNetworks", "ReinforcementLearning", "DataQuality", "Features"]

    /// Declarations without a comment that are still there. The number may only shrink.
    private static let ratchet: [String: Int] = [
        "ReinforcementLearning": 267
    ]

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

    /// What the module's own protocol documents once: the requirements of `Layer`, which thirty layers meet.
    private static let requirements: [String: [String]] = [
        "NeuralNetworks": [
            "static let kind = ", "static let keys", "static var keys",
            "init(_ reader: ConfigReader, input: SampleShape)",
            "let input: SampleShape", "var input: SampleShape", "let output: SampleShape", "var output: SampleShape",
            "var parameters: [ParameterSpec]", "var packedCount: Int", "var multiplyAdds: Int",
            "var statisticsCount: Int", "var isView: Bool", "var sharesGradient: Bool", "func workspaceCount(batch:",
            "func scratchCount(batch:", "func pack(parameters:", "func forward(batch:", "func backward(",
            "func fused(with", "func constrain(parameters:", "func updateStatistics(",
        ]
    ]

    @Test("every package declaration has a documentation comment", arguments: modules)
    func declarations(_ module: String) throws {
        var missing: [String] = []
        for file in try SourceTree.sources.get() where file.module == module {
            let code = file.codeLines, lines = file.lines
            for (index, line) in code.enumerated() {
                let words = line.split(separator: " ")
                guard let at = words.firstIndex(of: "package"), at + 1 < words.count,
                    words[..<at].allSatisfy({ $0.hasPrefix("@") }),
                    Self.kinds.contains(words[at + 1].prefix { $0 != "(" || words[at + 1].hasPrefix("private(set)") }),
                    !(Self.known + (Self.requirements[module] ?? [])).contains(where: { line.contains($0) })
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
            "\(missing.count) declarations of \(module) have no comment, \(allowed) had none:\n\(missing.joined(separator: "\n"))"
        )
    }
}
