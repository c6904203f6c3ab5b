package import Basics

/// One error code in full: what it means, why it happens, what to do.
package struct ExplanationDocument: Document {
    package let entry: ErrorCatalogue.Entry

    package init(_ entry: ErrorCatalogue.Entry) { self.entry = entry }

    package var body: JSONValue {
        .map([
            "code": .string(entry.code), "family": .string(entry.family), "meaning": .string(entry.meaning),
            "cause": .string(entry.cause), "nextStep": .string(entry.nextStep), "httpStatus": .int(entry.httpStatus),
        ])
    }

    package func text(_ style: TextStyle) -> String {
        let parts = [("", entry.meaning), ("Why", entry.cause), ("What to do", entry.nextStep)]
        return style.paint(entry.code, .bold)
            + parts.map { title, text in
                let heading = title.isEmpty ? "" : "\n" + style.paint(title, .dim)
                return heading + "\n" + TextWrap.lines(text, width: style.width, indent: "  ").joined(separator: "\n")
            }.joined(separator: "\n")
    }
}

/// Error codes in short: those of one family, or of all.
package struct ErrorCodesDocument: Document {
    package let families: [(name: String, entries: [ErrorCatalogue.Entry])]

    /// - Parameter family: the part before the dot, such as `data`; nil for all.
    package init(family: String? = nil) {
        families = ErrorCatalogue.families.filter { family == nil || $0.name == family }
    }

    package var body: JSONValue {
        .map([
            "codes": .list(
                families.flatMap(\.entries).map {
                    .map([
                        "code": .string($0.code), "family": .string($0.family), "meaning": .string($0.meaning),
                        "httpStatus": .int($0.httpStatus),
                    ])
                })
        ])
    }

    package func text(_ style: TextStyle) -> String {
        // One family is short enough to say what each code means.
        if families.count == 1, let family = families.first {
            return family.entries.map { entry in
                style.paint(entry.code, .bold) + "\n"
                    + TextWrap.lines(entry.meaning, width: style.width, indent: "  ").joined(separator: "\n")
            }.joined(separator: "\n")
        }
        return families.map { family in
            let names = family.entries.map(\.code).joined(separator: " ")
            return style.paint(family.name, .bold) + "\n"
                + TextWrap.lines(names, width: style.width ?? 100, indent: "  ").joined(separator: "\n")
        }.joined(separator: "\n")
    }
}
