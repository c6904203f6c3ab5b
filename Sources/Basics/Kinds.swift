/// The kinds of one thing that a configuration may name: layers, samplers, rules, feature operators, readers.
///
/// One table a thing. It finds a kind by its name, lists them, refuses an unknown name with the nearest valid one, and
/// gives the reference documentation its list. A new kind is one file and one line in its table.
///
///     static let kinds = Kinds<any Sampler.Type>("sampler", [
///         .init("random", "independent draws from the space", RandomSampler.self),
///     ])
///     let type = try kinds.find(name, at: node.mark)
package struct Kinds<Value: Sendable>: Sendable {
    package struct Entry: Sendable {
        /// As configurations write it.
        package let name: String
        /// One line for the reference documentation.
        package let summary: String
        package let value: Value

        package init(_ name: String, _ summary: String, _ value: Value) {
            self.name = name
            self.summary = summary
            self.value = value
        }
    }

    /// What these are kinds of, in the singular: `layer`, `sampler`.
    package let noun: String
    /// In the order of the table.
    package let entries: [Entry]
    private let indices: [String: Int]

    /// - Precondition: no name stands twice; a test of the table's module calls ``duplicates``.
    package init(_ noun: String, _ entries: [Entry]) {
        self.noun = noun
        self.entries = entries
        indices = Dictionary(entries.enumerated().map { ($1.name, $0) }, uniquingKeysWith: { first, _ in first })
    }

    package var names: [String] { entries.map(\.name) }

    /// Names that stand in the table more than once; a table is only valid without.
    package var duplicates: [String] {
        Dictionary(grouping: names, by: { $0 }).filter { $1.count > 1 }.keys.sorted()
    }

    /// The kind of that name, or nil.
    package subscript(name: String) -> Value? { indices[name].map { entries[$0].value } }

    /// The kind of that name.
    ///
    /// - Parameters:
    ///   - mark: where the name was read.
    ///   - place: more of where, for people, such as `in 'layers[2]'`.
    /// - Throws: ``ConfigError`` that lists all names and offers the nearest.
    package func find(_ name: String, at mark: SourceMark? = nil, place: String? = nil) throws(ConfigError) -> Value {
        guard let value = self[name] else { throw unknown(name, at: mark, place: place) }
        return value
    }

    /// The error for a name that is not in the table.
    package func unknown(_ name: String, at mark: SourceMark? = nil, place: String? = nil) -> ConfigError {
        ConfigError(
            UnknownName.message(noun, name, place: place, expected: names), at: mark,
            hint: UnknownName.hint(name, in: names))
    }
}

/// The sentence for a name that nothing has, said the same way everywhere.
package enum UnknownName {
    /// `found the unknown layer 'dens' in 'layers[2]', expected one of dense, conv1d`.
    package static func message(_ noun: String, _ name: String, place: String? = nil, expected: [String]) -> String {
        let known = expected.isEmpty ? "" : ", expected one of \(expected.joined(separator: ", "))"
        return "found the unknown \(noun) '\(name)'\(place.map { " \($0)" } ?? "")\(known)"
    }

    /// `did you mean 'dense'?`, or the command that lists the names where none is near.
    package static func hint(_ name: String, in names: some Sequence<String>, otherwise: String? = nil) -> String? {
        NearestName.of(name, in: names).map { "did you mean '\($0)'?" } ?? otherwise
    }
}

extension Failure {
    /// Nothing has that name: wrong usage, with the nearest valid name or the command that lists them.
    package static func unknown(
        _ noun: String, _ name: String, code: String, in names: [String], isListed: Bool = false, see: String? = nil
    ) -> Failure {
        Failure(
            code, UnknownName.message(noun, name, expected: isListed ? names : []),
            hint: UnknownName.hint(name, in: names, otherwise: see.map { "see them with: \($0)" }), exitStatus: .usage)
    }
}
