package import Basics

/// Expressions mean what their operators compute. Where an operator's definition changes, the language of features gets
/// a new number, and what was recorded under an older one is not computed by the new one in silence.
extension FeatureSpec {
    /// The least language that means these features: the newest revision among their operators.
    package var language: Int {
        guard input != .given, let program = try? program() else { return 1 }
        return program.nodes.compactMap { $0.op?.revision }.max() ?? 1
    }

    /// Written only where it is needed: what uses no revised operator keeps its JSON, and so its digests.
    var languageJSON: [(String, JSONValue)] {
        let language = language
        return language > 1 ? [("language", .int(language))] : []
    }

    /// Reads what a table, model or bundle carries. One that says no language is of the first.
    ///
    /// - Throws: ``ConfigError``; ``Failure`` with code `features.language` where an operator was defined otherwise
    ///   when it was written, or will be in a newer program.
    package init(recorded node: JSONValue) throws {
        try self.init(node)
        if node[key: "language"] == nil { try requireLanguage(1) }
    }

    func requireLanguage(_ said: Int) throws {
        guard said <= FeatureOperators.language else {
            throw Failure(
                "features.language",
                "found features of language \(said), expected at most \(FeatureOperators.language)",
                hint: "use a newer hftml")
        }
        guard input != .given else { return }
        let changed = Set(try program().nodes.compactMap { $0.op }.filter { $0.revision > said }.map { $0.name })
        guard let name = changed.min() else { return }
        let names = changed.count == 1 ? "'\(name)'" : changed.sorted().map { "'\($0)'" }.joined(separator: " and ")
        throw Failure(
            "features.language",
            "found features of language \(said) that use \(names), which \(changed.count == 1 ? "is" : "are") defined "
                + "otherwise since: the numbers would be others than those that were learned from",
            hint: "make the table again with: hftml features; then train again")
    }
}
