import Basics
import Tables

/// Canonical tables that hftml wrote, read back as they are.
enum CanonicalTableFile {
    /// The kind whose columns these are; nil for other tables.
    static func kind(_ fields: [Field]) -> CanonicalKind? {
        let names = fields.map(\.name)
        guard names.starts(with: CanonicalFields.common.map(\.name)) else { return nil }
        return CanonicalKind.allCases.first { kind in own(kind, names.count).map(\.name) == names }
    }

    /// Columns of a kind where a table has so many; bars may have one more, which says of how many trades they are.
    static func own(_ kind: CanonicalKind, _ count: Int, priceDecimals: Int = 0, sizeDecimals: Int = 0) -> [Field] {
        let counted = CanonicalFields.countedBars(priceDecimals: priceDecimals, sizeDecimals: sizeDecimals)
        if kind == .bars, count == counted.count { return counted }
        return CanonicalFields.fields(
            kind, priceDecimals: priceDecimals, sizeDecimals: sizeDecimals,
            levels: (count - CanonicalFields.common.count) / 4)
    }

    /// - Throws: ``Failure`` with code `data.format` for a column of another type than canonical tables have.
    static func require(_ fields: [Field], _ kind: CanonicalKind, path: String) throws {
        for (found, expected) in zip(fields, own(kind, fields.count)) {
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
