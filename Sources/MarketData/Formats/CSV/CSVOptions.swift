package import Basics

/// What a CSV file does not say, or says wrongly; whatever is nil is found out.
package struct CSVOptions: Sendable, Equatable {
    /// Which end of a bar its stamp is.
    package enum StampSide: String, Sendable, CaseIterable {
        case open, close
    }

    /// How numbers in front of a year are ordered: `01/02/2024`.
    package enum DateOrder: String, Sendable, CaseIterable {
        case monthFirst = "mdy"
        case dayFirst = "dmy"
    }

    /// IANA name of the zone of stamps that have none.
    package var zone: String?
    /// Which end of a bar its stamp is.
    package var stampSide: StampSide?
    /// Column names by role: `["volume": "Volume USDT"]`. Roles are those of ``CSVRole``.
    package var columns: [String: String] = [:]
    /// One character between cells.
    package var separator: Character?
    /// Which number of a date comes first.
    package var dateOrder: DateOrder?
    /// `.` or `,` between whole digits and decimals.
    package var decimalMark: Character?
    /// Decimals that prices are kept with; digits beyond them are rounded, which a note says.
    package var decimals: Int?
    /// Currency of the prices; GBp, GBX, ZAc and ILA are hundredths.
    package var unit: String?
    /// Length of a bar in nanoseconds, where stamps are too few to tell.
    package var interval: Nanoseconds?

    /// Every row is read cell by cell, also where all are plain: slower, and the same.
    package var isCareful = false
    /// Bytes of a block of lines; nil for as many as are fast.
    package var blockSize: Int?

    /// Everything is found out.
    package init() {}

    /// Refuses what somebody said of a file and its format does not read: it would be passed over in silence.
    ///
    /// - Parameter names: what the format reads of `stamp`, `columns`, `separator`, `dateOrder`, `decimalMark`, `unit`.
    /// - Throws: ``Failure`` with code `data.contradiction`.
    func requireRead(_ names: Set<String>, by kind: String, path: String) throws {
        let said = [
            // The open is what every format that says it means.
            ("stamp", stampSide == .close), ("columns", !columns.isEmpty), ("separator", separator != nil),
            ("dateOrder", dateOrder != nil), ("decimalMark", decimalMark != nil), ("unit", unit != nil),
        ]
        guard let name = said.first(where: { $0.1 && !names.contains($0.0) })?.0 else { return }
        throw Failure(
            "data.contradiction",
            "found 'files.\(name)' in the market file of '\(path)', a \(kind), which is not read by "
                + "it", hint: "take \(name) out of the market file, or keep files of this format apart")
    }

    /// Currencies that are hundredths of another one.
    static let hundredths = Set(HundredthCurrency.wholes.keys)
}
