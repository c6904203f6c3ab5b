/// Every error code of the programs, once: what it means, why it happens, what to do.
///
/// The entries stand beside this file, one file a subject. A new code is a line there; a test compares the catalogue
/// with the sources and fails on a code that is thrown and not explained, or explained and not thrown.
package enum ErrorCatalogue {
    /// What is known of one code.
    package struct Entry: Sendable, Equatable {
        /// As errors carry it, such as `data.missing-object`. A part in angle brackets stands for any text:
        /// `yahoo.<server-code>` explains `yahoo.not-found`.
        package let code: String
        /// One sentence: what the error says.
        package let meaning: String
        /// One or two sentences: what usually leads to it.
        package let cause: String
        /// What to do, with a command that can be pasted where there is one.
        package let nextStep: String
        /// The status of an HTTP answer with this error.
        package let httpStatus: Int

        package init(_ code: String, _ httpStatus: Int, _ meaning: String, cause: String, next nextStep: String) {
            self.code = code
            self.httpStatus = httpStatus
            self.meaning = meaning
            self.cause = cause
            self.nextStep = nextStep
        }

        /// What stands before the first dot, such as `data`.
        package var family: String { String(code.prefix { $0 != "." }) }

        /// The fixed part of a pattern such as `yahoo.<server-code>`; nil for a code that stands for itself.
        package var patternPrefix: String? {
            code.firstIndex(of: "<").map { String(code[..<$0]) }
        }
    }

    /// All entries, in the order of their codes.
    package static let all: [Entry] = tables.flatMap(\.self).sorted { $0.code < $1.code }

    private static let tables: [[Entry]] = [
        acceptance, authority, backup, bars, data, exchange, files, hosts, identity, models, partitions, pipelines,
        promotion, registry, remotes, signatures, training, usage,
    ]

    private static let byCode = Dictionary(all.map { ($0.code, $0) }, uniquingKeysWith: { first, _ in first })

    /// The entry of a code, also of one that a pattern covers.
    package static func entry(_ code: String) -> Entry? {
        byCode[code]
            ?? all.first { entry in
                entry.patternPrefix.map { code.hasPrefix($0) && code.count > $0.count } ?? false
            }
    }

    /// The families in order, each with its entries.
    package static var families: [(name: String, entries: [Entry])] {
        Dictionary(grouping: all, by: \.family).map { ($0.key, $0.value) }.sorted { $0.0 < $1.0 }
    }

    /// The code that a mistyped one probably meant, if one is close.
    package static func nearest(to code: String) -> String? { NearestName.of(code, in: all.map(\.code)) }
}
