import Basics
import Tables

/// Canonical tables that hftml wrote, read back as they are.
enum CanonicalTableFile {
    /// The kind whose columns these are; nil for other tables.
    static func kind(_ fields: [Field]) -> CanonicalKind? {
        let names = fields.map(\.name)
        guard names.starts(with: CanonicalFields.common.map(\.name)) else { return nil }
        let levels = (names.count - CanonicalFields.common.count) / 4
        return CanonicalKind.allCases.first { kind in
            let own = CanonicalFields.fields(kind, priceDecimals: 0, sizeDecimals: 0, levels: levels).map(\.name)
            return own == names
        }
    }

    /// - Throws: ``Failure`` with code `data.format` for a column of another type than canonical tables have.
    static func require(_ fields: [Field], _ kind: CanonicalKind, path: String) throws {
        let levels = (fields.count - CanonicalFields.common.count) / 4
        let own = CanonicalFields.fields(kind, priceDecimals: 0, sizeDecimals: 0, levels: levels)
        for (found, expected) in zip(fields, own) {
            let fits: Bool
            if case .decimal = expected.type {
                if case .decimal(let scale) = found.type {
                    fits = (0...ExactDecimal.largestScale).contains(scale)
                } else {
                    fits = false
                }
            } else {
                fits = found.type == expected.type
            }
            guard fits else {
                throw Failure(
                    "data.format",
                    "found '\(found.name)' as \(found.type) in '\(path)', expected \(expected.type) as in other "
                        + "tables of "
                        + kind.rawValue,
                    hint: "write the table again: hftml data convert")
            }
        }
    }
}
