import Basics
import Tables

/// Finds columns by the names that programs give them; case, spaces, `_`, `-` and `.` do not count.
struct ColumnNames {
    let fields: [Field]
    private let plain: [String]

    init(_ fields: [Field]) {
        self.fields = fields
        plain = fields.map { MarketColumn.key($0.name) }
    }

    /// The first of a column's names that the file has.
    func first(of column: MarketColumn, where isFit: (ColumnType) -> Bool = { _ in true }) -> Int? {
        first(of: column.names, where: isFit)
    }

    /// The first of the names that a column has.
    func first(of names: [String], where isFit: (ColumnType) -> Bool = { _ in true }) -> Int? {
        for name in names {
            if let index = plain.firstIndex(of: name), isFit(fields[index].type) { return index }
        }
        return nil
    }

    /// A column of numbers.
    func number(_ column: MarketColumn) -> Int? { number(column.names) }

    /// A column of numbers.
    func number(_ names: [String]) -> Int? { first(of: names, where: NumberCells.reads) }

    /// A column of times: typed ones before numbers and text.
    func time(_ column: MarketColumn) -> Int? {
        // A name that may mean the time of receipt as well is taken where there is no other.
        let clear = column.names.filter { column == .receive || !MarketColumn.receive.names.contains($0) }
        for names in [clear, column.names] {
            if let found = first(of: names, where: { if case .timestamp = $0 { true } else { false } })
                ?? first(of: names, where: { TimeColumn($0) != nil })
            {
                return found
            }
        }
        return nil
    }

    /// The column of a side of a book, of a level from 1; level 1 also where the name counts none.
    func book(_ side: String, isSize: Bool, level: Int) -> Int? {
        // Some count the best level as 0.
        let isFromZero = number(["\(side)price0", "\(side)0price", "\(side)0px", "\(side)px0", "\(side)0"]) != nil
        let zero = level - 1, two = zero < 10 ? "0\(zero)" : "\(zero)", level = isFromZero ? zero : level
        let stems =
            isSize
            ? [
                "\(side)size", "\(side)qty", "\(side)quantity",
                "\(side)volume", "\(side)vol", "\(side)amount", "\(side)sz",
            ]
            : ["\(side)price", "\(side)", "\(side)px"]
        var names = stems.map { "\($0)\(level)" }
        names.append(isSize ? "\(side)\(level)size" : "\(side)\(level)price")
        names.append(isSize ? "\(side)sz\(two)" : "\(side)px\(two)")
        names.append(isSize ? "\(side)s\(zero)amount" : "\(side)s\(zero)price")
        if zero == 0 { names += stems + stems.map { "best\($0)" } }
        return number(names)
    }
}
