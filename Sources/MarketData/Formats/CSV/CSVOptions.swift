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

    /// Everything is found out.
    package init() {}

    /// Currencies that are hundredths of another one.
    static let hundredths: Set<String> = ["GBp", "GBX", "ZAc", "ZAC", "ILA"]
}
